"""The pure core: no clock, file, network, log or async in here; time is always an argument."""
