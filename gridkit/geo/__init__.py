"""What can be said of shapes alone? Geometry, reference systems, adjacency; knows no nouns."""
