"""A case as its student sees it, with their wishes for a supporter."""

from datetime import datetime

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from sebaya_contracts.words import (
    ReportReason,
    WaitDetail,
    WaitReason,
)
from sebaya_intake.domain.adult_help import HelpStage, Pace
from sebaya_intake.domain.case import StudentState, Wishes
from sebaya_intake.domain.crisis import OnCall
from sebaya_intake.domain.projection import SearchNews
from sebaya_intake.schemas.contact_details import DetailsOpeningView
from sebaya_intake.schemas.crisis import CrisisView
from sebaya_intake.schemas.fields import Excluded, Hours, Model, Preferred, ReturnPass


class MatchView(BaseModel):
    """The supporter that was found."""

    match_id: str
    supporter_id: str
    display_name: str | None


class AdultHelpView(BaseModel):
    """What the school's adults do, while one is needed. `pace` says how soon one means to come, and
    `next_duty_at` when the next duty begins where no counsellor is on duty now.
    """

    stage: HelpStage
    pace: Pace
    counsellor: str | None = Field(description="The name of the counsellor that has it")
    waits_for_duty: bool
    next_duty_at: datetime | None


class CaseView(BaseModel):
    """A case as its student sees it."""

    case_id: str
    return_pass: ReturnPass
    state: StudentState
    queued: bool = Field(
        False, description="It waits until the school's supporters have room: more was asked"
    )
    set_aside: bool = Field(
        False, description="The school took it for a prank; the next word or wish lets it go on"
    )
    opened_at: datetime | None
    opening_screened: bool
    wait_reason: WaitReason | None
    wait_detail: WaitDetail | None = None
    news: SearchNews | None = None
    choosing: bool = False
    may_wish: bool = False
    by_friend: bool = Field(False, description="Opened out of worry about a friend")
    peer_may_read: bool | None = Field(
        None,
        description="Whether the peer may read the first words; null where no peer can come to",
    )
    details_left_at: datetime | None = Field(
        None, description="When contact details were left; they are never shown here"
    )
    details_opened: list[DetailsOpeningView] = Field(
        [], description="When a counsellor opened them, as far as the student is told"
    )
    plan_written_at: datetime | None = Field(
        None, description="When a counsellor last wrote the safety plan; null where there is none"
    )
    match: MatchView | None
    adult_asked_at: datetime | None
    adult_came: bool
    adult_help: AdultHelpView | None
    reported_at: datetime | None
    reported: ReportReason | None
    withdrawn_at: datetime | None
    on_call: OnCall
    crisis: CrisisView


class ErasedView(BaseModel):
    """The case is gone; within moments so are its words."""

    case_id: str
    erased_at: datetime


class FeedbackTokenView(BaseModel):
    """A short-lived token for the feedback form."""

    token: str
    match_id: str
    expires_at: datetime


class SupporterView(BaseModel):
    supporter_id: str
    display_name: str


class WishesRequest(Model):
    """What a student wishes of the search; it replaces what was said before."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hours": ["mon-lunch"], "excluded_supporters": ["sup-3"]}]}
    )

    hours: Hours = Field(default=[])
    preferred_supporters: Preferred = Field(default=[])
    excluded_supporters: Excluded = Field(default=[])

    def wishes(self) -> Wishes:
        """Return the wishes as the use case takes them."""
        return Wishes(
            tuple(self.hours), tuple(self.preferred_supporters), tuple(self.excluded_supporters)
        )


class WishesView(BaseModel):
    """What a student wishes, and the supporters that they may name. `choosing`: no offer is made
    before they have said so.
    """

    hours: list[str]
    preferred_supporters: list[str]
    excluded_supporters: list[str]
    choosing: bool
    supporters: list[SupporterView]
