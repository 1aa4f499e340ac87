"""How does the server start, and how does it stop so that nothing is left listening?"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
import time
import webbrowser
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridkit._deps import need
from gridkit.batch.chain import rules_of_own_plan, rules_per_grid
from gridkit.batch.opened import find_config, head_counts, open_run, opened_codes
from gridkit.editor.editor import Editor
from gridkit.editor.ground import Ground
from gridkit.editor.log import note_holder
from gridkit.editor.opening import now
from gridkit.editor.room import Room
from gridkit.errors import InputError
from gridkit.io.atomic import write_text
from gridkit.web.app import Pages
from gridkit.web.guard import Keys, is_loopback
from gridkit.web.host import Host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gridkit.web.guard import Guard

log = logging.getLogger(__name__)
IDLE_S = 3600.0
"""A server that nobody asks for so long, and no page has open, stops."""
REMEMBERED = "config"


def open_folder(
    folder: Path | str,
    *,
    config: Path | None = None,
    plan: Path | None = None,
    by: str = "planner",
    fork: bool = False,
    follow: bool = False,
) -> tuple[Room, Host, str]:
    """Open the results of a run for editing.

    Parameters
    ----------
    folder
        What `run_job` wrote.
    config
        The batch file, when the folder does not say where it is.
    plan
        Edit this plan (CSV) instead of the folder's.
    by
        Name that stands in the history.
    fork
        Work on a copy of the editing so far, in a folder of its own.
    follow
        Only look.

    Returns
    -------
    Room, Host, language

    Raises
    ------
    InputError
        If there is nothing to edit, or another process has it.
    """
    here = Path(folder)
    if not here.is_dir():
        msg = f"there is no folder {here}. Make one: gridkit run CONFIG --out {here}"
        raise InputError(msg)
    kept = here / "edit" / REMEMBERED
    if config is None and kept.is_file():
        config = Path(kept.read_text(encoding="utf-8").strip())
    config = config or find_config(here)
    work = open_run(here, config=config, plan=plan)
    assert work.plan is not None  # noqa: S101  open_run has read it
    staffing = work.batch.staffing
    ground = Ground(
        work.plan,
        rules_of_own_plan(work) if plan is None else rules_per_grid(work.batch.rules),
        current=work.current,
        standards=work.standards,
        members=head_counts(work, None if plan is not None else here),
        floor=staffing.floor if staffing is not None else 2,
        target_load=staffing.target_load if staffing is not None else 0.9,
    )
    place = here / "edit"
    if fork:
        place = _forked(place)
    editor = Editor(ground, folder=place, by=by, codes=opened_codes(work), is_read_only=follow)
    if not follow:
        write_text(here / "edit" / REMEMBERED, f"{config.resolve()}\n")
    room = Room(editor, is_read_only=follow)
    return room, Host(room, work=work, folder=here, config=config), work.batch.output.lang


def _forked(place: Path) -> Path:
    """Copy a log into a folder of its own."""
    n = 2
    while (fork := place.with_name(f"{place.name}-{n}")).exists():
        n += 1
    fork.mkdir(parents=True)
    source = place / "log.jsonl"
    if source.is_file():
        (fork / "log.jsonl").write_bytes(source.read_bytes())
    return fork


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


class Server:
    """A server of one editor, in this thread or in one of its own.

    Parameters
    ----------
    room, host
        What is served.
    lang
        Language to open in.
    address
        Address to listen on.
    port
        Port; 0 for a free one.
    password
        Needed for another address than this machine's.
    frames
        Whether a notebook may show the page.
    idle_s
        Stop after so long without a request and without an open page; 0 for never.
    """

    def __init__(
        self,
        room: Room,
        host: Host,
        *,
        lang: str = "en",
        address: str = "127.0.0.1",
        port: int = 0,
        password: str | None = None,
        frames: bool = False,
        idle_s: float = IDLE_S,
    ) -> None:
        self.room, self.idle_s = room, idle_s
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.bind((address, port))
        except OSError as error:
            self._socket.close()
            msg = f"cannot listen on {address} port {port}: {error.strerror}. Leave --port out to get a free one."
            raise InputError(msg) from error
        self.port: int = self._socket.getsockname()[1]
        hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
        self._name = f"[{address}]" if ":" in address else address
        if self._name not in hosts:
            hosts = (*hosts, self._name)
        self.keys = Keys(port=self.port, hosts=hosts, frames=frames, password=password)
        self.pages = Pages(room, self.keys, host=host, lang=lang)
        threading.Thread(
            target=self.pages.warm, daemon=True
        ).start()  # while server and browser start
        self.guard: Guard = self.pages.app()
        uvicorn = need("uvicorn", why="to open the editor")
        config = uvicorn.Config(
            self.guard, log_level="warning", access_log=False, server_header=False, ws="websockets-sansio",
            ws_max_size=65_536, timeout_keep_alive=30, h11_max_incomplete_event_size=65_536,
            limit_concurrency=200, timeout_graceful_shutdown=3, lifespan="off",
        )  # fmt: skip
        self._server: Any = uvicorn.Server(config)
        self._thread: threading.Thread | None = None
        if room.editor.folder is not None and not room.is_read_only:
            note_holder(room.editor.folder, since=now(), port=self.port)

    @property
    def url(self) -> str:
        """The address with the one-time token."""
        return self.keys.address(self._name)

    @property
    def frame_url(self) -> str:
        """The address for a notebook's frame, with the key in its fragment."""
        return f"http://127.0.0.1:{self.port}/?embed=1#key={self.keys.key}"

    def run(self, *, on_ready: Callable[[str], None] | None = None) -> None:
        """Serve until Ctrl-C or a request to end, or until nobody asks any more; then save and let go."""
        before = signal.signal(signal.SIGTERM, _interrupt)  # a service manager's way to say Ctrl-C
        try:
            asyncio.run(self._serve(on_ready))
        except KeyboardInterrupt:
            pass
        finally:
            signal.signal(signal.SIGTERM, before)
            self._socket.close()
            self.room.close()

    def start(self) -> Server:
        """Serve in a thread of its own."""
        ready = threading.Event()
        self._thread = threading.Thread(
            target=self._in_thread, args=(lambda _: ready.set(),), daemon=True
        )
        self._thread.start()
        if not ready.wait(timeout=20):
            msg = "the editor's server did not start within 20 seconds."
            raise InputError(msg)
        return self

    def _in_thread(self, on_ready: Callable[[str], None]) -> None:
        try:
            asyncio.run(self._serve(on_ready))
        finally:
            self._socket.close()

    def stop(self) -> None:
        """Stop serving, save, and let the folder go."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(timeout=10)
        self._socket.close()
        self.room.close()

    async def _serve(self, on_ready: Callable[[str], None] | None) -> None:
        watch = asyncio.create_task(self._watch(on_ready))
        self._socket.listen(128)
        with _quiet_signals(self._server, in_thread=self._thread is not None):
            await self._server.serve(sockets=[self._socket])
        watch.cancel()

    async def _watch(self, on_ready: Callable[[str], None] | None) -> None:
        """Say when the server answers; end it when it is idle or asked to stop."""
        while not self._server.started:
            await asyncio.sleep(0.02)
        if on_ready is not None:
            on_ready(self.url)
        while not self._server.should_exit:
            await asyncio.sleep(0.2)
            if self.room.is_read_only:
                await self._follow()
            idle = time.monotonic() - self.guard.last
            if self.idle_s and idle > self.idle_s and not self.pages.sockets:
                log.info("nobody asked for %.0f s; the editor stops", idle)
                self._server.should_exit = True
        self.room.tell({"type": "bye", "text": {"en": "the server stops.", "zh": "服务已停止。"}})
        await asyncio.sleep(0.05)
        await self.pages.good_bye()

    async def _follow(self) -> None:
        """Read what the process that edits has written; what cannot be read is looked at again later."""
        try:
            await asyncio.to_thread(self.room.catch_up)
        except InputError as error:
            log.warning("%s", error)
            await asyncio.sleep(5.0)


@contextmanager
def _quiet_signals(server: Any, *, in_thread: bool) -> Iterator[None]:
    """Leave signals alone in a notebook's thread."""
    if in_thread:
        server.install_signal_handlers = lambda: None
    yield


def edit_folder(
    folder: Path | str,
    *,
    config: Path | None = None,
    plan: Path | None = None,
    by: str = "planner",
    lang: str | None = None,
    address: str = "127.0.0.1",
    port: int = 0,
    password: str | None = None,
    allow_network: bool = False,
    open_browser: bool = True,
    fork: bool = False,
    follow: bool = False,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Open the editor on the results of a run, and serve it until Ctrl-C.

    Parameters
    ----------
    folder
        What `run_job` wrote.
    config, plan
        The batch file, and the plan, when they are not the folder's own.
    by
        Name that stands in the history.
    lang
        ``"en"`` or ``"zh"``; by default the batch file's.
    address, port
        Where to listen; another machine can only reach it with `allow_network` and a `password`.
    password, allow_network
        What others must know, at least 12 characters; and whether they may reach the editor at all.
    open_browser
        Whether to open it.
    fork, follow
        Work on a copy; only look.
    on_ready
        Told the address.

    Raises
    ------
    InputError
        If there is nothing to edit, it is being edited already, or the address is refused.
    """
    if not is_loopback(address):
        if not allow_network or not password:
            msg = (
                f"--host {address} would let other machines reach the editor, and without encryption. If you mean it, "
                f"add --allow-network and --password (at least 12 characters)."
            )
            raise InputError(msg)
        if len(password) < 12:
            msg = (
                f"the password has {len(password)} characters; at least 12 are needed on a network."
            )
            raise InputError(msg)
        if address in ("0.0.0.0", "::"):  # noqa: S104  refused
            msg = (
                f"--host {address} is every address of this machine. Name the one that others open, such as "
                f"--host 192.168.1.5: the editor answers to no other name."
            )
            raise InputError(msg)
    for package in ("starlette", "uvicorn", "websockets"):
        need(package, why="to open the editor")
    room, host, spoken = open_folder(
        folder, config=config, plan=plan, by=by, fork=fork, follow=follow
    )
    try:
        server = Server(
            room, host, lang=lang or spoken, address=address, port=port, password=password
        )
    except BaseException:
        room.close()
        raise

    def ready(url: str) -> None:
        if on_ready is not None:
            on_ready(url)
        if open_browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()

    server.run(on_ready=ready)
