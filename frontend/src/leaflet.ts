// What do maps in a notebook draw with? Leaflet alone, under the name folium calls it by.
import L from "leaflet";
import "leaflet/dist/leaflet.css";

Object.assign(window, { L });
