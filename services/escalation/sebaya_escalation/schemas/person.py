"""How a request names a person."""

from typing import Annotated

from pydantic import Field

# As identity providers write subjects: without spaces, so it has no room for words.
PersonId = Annotated[str, Field(pattern=r"^[A-Za-z0-9:_.@|+=~/-]{1,64}$")]
