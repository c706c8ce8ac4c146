"""Who answers: people, teams, and the dated ownership matrix with acceptance."""
