"""The shapes of requests and answers about accounts, for checking the one and documenting the other."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from headway.http.models import Strict

Role = Literal["user", "operator"]
_EMAIL = Field(max_length=254, examples=["ann@example.org"])
_PASSWORD = Field(max_length=1024)


class Asked(BaseModel):
    """A request: what we do not know is a mistake."""

    model_config = ConfigDict(extra="forbid")


class Registration(Asked):
    """A new account. `invitation` is the secret at the end of an invitation's link."""

    email: str = _EMAIL
    password: str = _PASSWORD
    name: str = Field("", max_length=80)
    invitation: str = Field("", max_length=200)


class Credentials(Asked):
    """Who signs in."""

    email: str = _EMAIL
    password: str = _PASSWORD


class Refresh(Asked):
    """The refresh token of the answer before; each is good once."""

    refresh_token: str = Field(max_length=200)


class Forgot(Asked):
    """Whose password is forgotten."""

    email: str = _EMAIL


class Reset(Asked):
    """`key` is the secret at the end of the e-mail's link."""

    key: str = Field(max_length=200)
    password: str = _PASSWORD


class PasswordChange(Asked):
    """`current` is empty for an account that has had none."""

    current: str = Field("", max_length=1024)
    password: str = _PASSWORD


class Profile(Asked):
    """What one may change of one's account."""

    name: str = Field(min_length=1, max_length=80)


class TokenOrder(Asked):
    """What the new token is for, in its owner's words."""

    name: str = Field(min_length=1, max_length=80)


class Farewell(Asked):
    """The present password; empty for an account without one."""

    password: str = Field("", max_length=1024)


class Change(Asked):
    """What an operator changes of somebody's account."""

    role: Role | None = None
    disabled: bool | None = None


class InvitationOrder(Asked):
    """Whom to invite: an address, which gets an e-mail, or whoever has the link."""

    email: str | None = Field(None, max_length=254)
    role: Role = "user"


class TokensGranted(Strict):
    """Send `access_token` as `Authorization: Bearer …`; when it is over, `refresh_token` buys the next pair, once."""

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="Seconds.")


class Known(Strict):
    """What is known of an account, to its owner and to operators."""

    id: str
    name: str
    email: str | None
    email_verified: bool
    role: Role
    created_at: AwareDatetime


class AccountBody(Known):
    """One's own account."""

    password: bool = Field(description="Whether it has one.")
    google: bool = Field(description="Whether it signs in with Google.")


class PersonBody(Known):
    """An account as operators see it."""

    disabled: bool


class PeopleBody(Strict):
    """A page of accounts."""

    accounts: list[PersonBody]
    next: str | None


class TokenBody(Strict):
    """An API token: how it begins, never the whole. `id` null: the token of the data directory."""

    id: str | None
    name: str
    hint: str | None
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None


class NewTokenBody(TokenBody):
    """The token itself, this once."""

    token: str


class TokensBody(Strict):
    """One's API tokens."""

    tokens: list[TokenBody]


class SessionBody(Strict):
    """A browser or a program that is signed in. `current`: the one that asks."""

    id: str
    kind: Literal["browser", "program"]
    agent: str | None
    current: bool
    created_at: AwareDatetime
    last_seen_at: AwareDatetime | None
    expires_at: AwareDatetime


class SessionsBody(Strict):
    """Where one is signed in."""

    sessions: list[SessionBody]


class InvitationBody(Strict):
    """An invitation; whom it was for, and whether it was used."""

    id: str
    email: str | None
    role: Role
    created_at: AwareDatetime
    expires_at: AwareDatetime
    used_at: AwareDatetime | None


class NewInvitationBody(Strict):
    """Its link, this once."""

    id: str
    url: str


class InvitationsBody(Strict):
    """The newest invitations."""

    invitations: list[InvitationBody]
