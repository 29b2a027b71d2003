"""The real node in a network that is only computed: clock, network, hosts, people, runs."""
