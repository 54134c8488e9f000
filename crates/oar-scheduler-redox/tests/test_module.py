import oar_scheduler_redox


def test_it_says_its_version():
    assert oar_scheduler_redox.version()
