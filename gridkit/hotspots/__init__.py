"""Where do reported hazards cluster, and is it chance?"""
