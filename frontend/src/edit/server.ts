// How does the page talk to the server? One place for requests, the key, and the socket.
import { type Content, unpackBytes } from "../unpack";
import type { ImportReport, Message, Session, Text } from "./types";

interface Told {
  code: string;
  text: Text;
}

/** The server said no, in words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly told: Told[],
    readonly revision: number | null,
    readonly report: ImportReport | null,
  ) {
    super(told[0]?.text.en ?? `status ${status}`);
  }

  get code(): string {
    return this.told[0]?.code ?? "fault";
  }
}

/** The server did not answer. */
export class Silence extends Error {}

const PING_MS = 30_000;
const AGAIN_MS = 1500;

export class Server {
  readonly window = windowId();
  private csrf = "";
  /** Only where the page is in a frame of a notebook: cookies are not sent there. */
  private readonly key = new URLSearchParams(location.hash.slice(1)).get("key");
  onMessage: (message: Message) => void = () => undefined;
  /** The line to the server came or went. */
  onLine: (open: boolean) => void = () => undefined;

  async session(): Promise<Session> {
    const session = await this.get<Session>("/api/session");
    this.csrf = session.csrf;
    return session;
  }

  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("X-Gridkit-Window", this.window);
    if (this.key) headers.set("X-Gridkit-Key", this.key);
    let answer: Response;
    try {
      answer = await fetch(path, { ...init, headers, credentials: "same-origin" });
    } catch (error) {
      throw new Silence(String(error));
    }
    if (answer.ok) return answer;
    const body = (await answer.json().catch(() => ({}))) as { errors?: Told[]; revision?: number; report?: ImportReport };
    throw new Refusal(answer.status, body.errors ?? [], body.revision ?? null, body.report ?? null);
  }

  async get<T>(path: string): Promise<T> {
    return (await this.ask(path)).json() as Promise<T>;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    const headers = { "Content-Type": "application/json", "X-Gridkit-CSRF": this.csrf };
    return (await this.ask(path, { method: "POST", headers, body: JSON.stringify(body) })).json() as Promise<T>;
  }

  async upload<T>(path: string, file: Blob): Promise<T> {
    const headers = { "Content-Type": "application/octet-stream", "X-Gridkit-CSRF": this.csrf };
    return (await this.ask(path, { method: "POST", headers, body: file })).json() as Promise<T>;
  }

  async layers(path: string): Promise<Content> {
    return unpackBytes(new Uint8Array(await (await this.ask(path)).arrayBuffer()));
  }

  /** Fetch a file and hand it to the browser: the key is no part of an address that could be passed on. */
  async download(path: string, name: string): Promise<void> {
    const url = URL.createObjectURL(await (await this.ask(path)).blob());
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  listen(): void {
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws?window=${this.window}`;
    const socket = new WebSocket(url, this.key ? ["gridkit", `key.${this.key}`] : ["gridkit"]);
    const ping = window.setInterval(() => {
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
    }, PING_MS);
    socket.addEventListener("open", () => this.onLine(true));
    socket.addEventListener("message", (e) => this.onMessage(JSON.parse(String(e.data)) as Message));
    socket.addEventListener("close", () => {
      window.clearInterval(ping);
      this.onLine(false);
      window.setTimeout(() => this.listen(), AGAIN_MS);
    });
  }
}

function windowId(): string {
  const made = [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");
  try {
    const known = sessionStorage.getItem("gridkit-window");
    if (known) return known;
    sessionStorage.setItem("gridkit-window", made);
  } catch {
    // A frame of a notebook may keep nothing: there each load of the page is a window of its own.
  }
  return made;
}
