"""The parts of test_oar3.py: a server of OAR 3 from a checkout, the jobs that are submitted to it, and what is seen of them."""
