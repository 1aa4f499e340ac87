"""What does gridkit speak of? The nouns: frozen, checked once when made.

``Measure Units UnitGraph Town`` · ``Level Plan Draft`` · ``Finding Report`` ·
``Member Members Roster`` · ``Hazards Hotspots`` · ``Certificate Result Progress``.
"""
