"""How are plans and hotspots drawn?"""
