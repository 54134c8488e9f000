"""The parts of test_oar2.py: a real OAR 2 server, the scenarios, one run of them, and the table of what came out."""
