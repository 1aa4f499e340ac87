"""gridkit: divide a town into community and base grids, staff them, and map hazard hotspots."""
