"""Rules by what the danger is, each for both languages, since students mix them."""

from . import (
    abuse,
    eating,
    friend_at_risk,
    overdose,
    people,
    running_away,
    self_harm,
    sexual,
    suicide,
    things,
    threatened,
    violence,
)

TABLES = (
    people.TABLES,
    things.TABLES,
    suicide.TABLES,
    self_harm.TABLES,
    overdose.TABLES,
    abuse.TABLES,
    sexual.TABLES,
    threatened.TABLES,
    violence.TABLES,
    eating.TABLES,
    running_away.TABLES,
    friend_at_risk.TABLES,
)
"""Those whose words others use come first."""
