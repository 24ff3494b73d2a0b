"""One page that tells what is wrong: checks, each a finding with the command that mends it."""
