"""Files → intent: what policy, inventory and configuration say, with every problem in them and its place."""
