"""How is a plan measured? One function per measure, registered once."""
