"""Calls to Slack's Web API: one attempt each, every failure as a DeliveryError that says how far it reaches.

The SDK is used without its retry handlers: its default one sends a request again after a dropped connection, and
where Slack had accepted the first, the message is in the channel twice. Trying again is the outbox's work, which
knows what was sent.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import DeliveryError

TOKEN_ERRORS = frozenset(
    """
    invalid_auth not_authed token_revoked token_expired account_inactive missing_scope no_permission org_login_required
    ekm_access_denied invalid_token enterprise_is_restricted two_factor_setup_required access_denied
    not_allowed_token_type team_access_not_granted
    """.split()
)
CHANNEL_ERRORS: Mapping[str, str] = {
    "channel_not_found": "no such channel, or a private one I am not in; run /invite @Stet there",
    "not_in_channel": "I am not in that channel; run /invite @Stet there",
    "is_archived": "the channel is archived; choose another one",
    "user_is_restricted": "posting there is restricted for me; ask a workspace admin",
    "messages_tab_disabled": "the app's messages tab is switched off; switch it on in the app's settings",
    "user_disabled": "that person's account is closed; choose somebody else",
    "cannot_dm_bot": "that is a bot; choose a person",
    "user_not_found": "no such person; choose somebody else",
    "team_not_found": "the app is not installed in that workspace; install it there",
    "as_user_not_supported": "posting there is not possible for an app",
    "not_allowed": "posting there is not allowed for me; ask a workspace admin",
}
PAYLOAD_ERRORS = frozenset(
    """
    invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long metadata_too_large no_text
    too_many_attachments invalid_metadata_format invalid_metadata_schema invalid_arguments block_mismatch
    only_one_table_allowed
    """.split()
)
GONE_ERRORS = frozenset(
    "message_not_found thread_not_found cant_update_message edit_window_closed cannot_reply_to_message "
    "restricted_action_thread_locked".split()
)
"""The message a reply or an update is about is no longer there, or no longer ours to touch."""
MAYBE_ERRORS = frozenset("internal_error fatal_error service_unavailable request_timeout".split())


class CallFailed(DeliveryError):
    """A call that Slack answered with an error or did not answer. ``error`` is Slack's word for it, or ours."""

    def __init__(self, message: str, *, error: str, detail: str = "", **fields: Any) -> None:
        super().__init__(message, **fields)
        self.error = error
        self.detail = detail


class Quiet(logging.Logger):
    """Where the SDK's own logging goes: it writes addresses and bodies, which may hold tokens."""

    def __init__(self) -> None:
        super().__init__("stet.slack_sdk", level=logging.CRITICAL)
        self.addHandler(logging.NullHandler())
        self.propagate = False


def web_client(token: str, *, api_url: str, timeout: float = 15.0) -> WebClient:
    """A client that tries once and keeps its mouth shut. A proxy of the environment is not used for loopback."""
    client = WebClient(
        token=token,
        base_url=api_url if api_url.endswith("/") else api_url + "/",
        timeout=int(timeout) or 1,
        retry_handlers=[],
        logger=Quiet(),
    )
    if _is_loopback(api_url):
        client.proxy = None
    return client


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def call(client: WebClient, method: str, subject: str = "", **arguments: Any) -> Mapping[str, Any]:
    """Call ``method`` once with a JSON body and return its answer. Raises CallFailed."""
    return _once(client, method, subject, json=arguments)


def get(client: WebClient, method: str, subject: str = "", **arguments: Any) -> Mapping[str, Any]:
    """Like ``call`` for the methods that read: these take their arguments as a form, not as JSON."""
    return _once(client, method, subject, params={key: value for key, value in arguments.items() if value != ""})


def form(client: WebClient, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Like ``call`` for methods that take a form: what is no str becomes JSON. Nothing stands in the address."""
    told = {key: value if isinstance(value, str) else json.dumps(value) for key, value in arguments.items()}
    return _once(client, method, "", data=told)


def _once(client: WebClient, method: str, subject: str, **body: Any) -> Mapping[str, Any]:
    try:
        answer = client.api_call(method, **body)
    except SlackApiError as failure:
        raise _refused(method, subject, failure) from None
    except SlackClientError as failure:
        raise CallFailed(f"{method}: the request could not be made", error="request", subject=subject) from failure
    except (OSError, http.client.HTTPException, ValueError) as failure:
        raise _unanswered(method, subject, failure) from failure
    data = answer.data
    return data if isinstance(data, dict) else {}


def _refused(method: str, subject: str, failure: SlackApiError) -> CallFailed:
    response = failure.response
    data = response.data if isinstance(response.data, dict) else {}
    status = response.status_code
    error = str(data.get("error") or "no_answer")
    if status == 429 or error in ("ratelimited", "rate_limited"):
        return CallFailed(
            "Slack asks to wait", error="ratelimited", subject=subject, retry_after=_retry_after(response.headers)
        )
    if status >= 500 or error in MAYBE_ERRORS or not error.replace("_", "").isalnum() or " " in error:
        # A page of a proxy or half an answer: the error is then prose, and the message may have been accepted.
        word = error if error in MAYBE_ERRORS else f"status {status}"
        return CallFailed(
            f"Slack failed ({word}); it is tried again",
            error=word,
            subject=subject,
            retry_after=_retry_after(response.headers, default=None),
            outcome_unknown=True,
        )
    return classify(method, subject, error, data)


def classify(method: str, subject: str, error: str, data: Mapping[str, Any]) -> CallFailed:
    """Slack's word for an error as a failure with the right reach."""
    if error in TOKEN_ERRORS:
        needed = f" (needed: {data['needed']})" if data.get("needed") else ""
        return CallFailed(
            f"Slack refuses the token: {error}{needed}; alerts wait. Renew the token or reinstall the app",
            error=error,
            subject=subject,
            permanent=True,
            scope="channel",
        )
    if error in CHANNEL_ERRORS or error.startswith("restricted_action"):
        why = CHANNEL_ERRORS.get(error, "posting there is restricted; ask a workspace admin")
        if error not in GONE_ERRORS:
            return CallFailed(
                f"cannot post: {why} ({error})", error=error, subject=subject, permanent=True, scope="target"
            )
    if error == "message_limit_exceeded":
        return CallFailed(
            "the workspace posts too much at the moment; waiting five minutes",
            error=error,
            subject=subject,
            retry_after=300.0,
        )
    messages = data.get("response_metadata", {}).get("messages", ()) if isinstance(data, Mapping) else ()
    if faults := data.get("errors") if isinstance(data, Mapping) else None:  # what blocks.validate finds
        messages = [f"{one.get('pointer', '')} {one.get('message', '')}" for one in faults if isinstance(one, Mapping)]
    detail = "; ".join(str(line) for line in messages)[:500]
    return CallFailed(
        f"Slack refused {method}: {error}",
        error=error,
        detail=detail,
        subject=subject,
        permanent=error in PAYLOAD_ERRORS or error in GONE_ERRORS,
    )


def _unanswered(method: str, subject: str, failure: Exception) -> CallFailed:
    """No usable answer: did the request get there? Only where no connection was made it surely did not."""
    reason = failure.reason if isinstance(failure, URLError) else failure
    never_left = isinstance(reason, ConnectionRefusedError | socket.gaierror | ssl.SSLError)
    return CallFailed(
        "Slack cannot be reached; it is tried again" if never_left else "Slack did not answer; it may have arrived",
        error="unreachable" if never_left else "no_answer",
        subject=subject,
        outcome_unknown=not never_left,
    )


def _retry_after(headers: Mapping[str, Any], default: float | None = 30.0) -> float | None:
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                return max(1.0, float(value[0] if isinstance(value, list) else value))
            except (TypeError, ValueError):
                return default
    return default


class Pace:
    """One call per ``gap`` seconds for each key, in the order they ask. Safe among threads.

    ``monotonic`` and ``sleep`` come from the composition root; tests give their own.
    """

    def __init__(self, gap: float, *, monotonic: Callable[[], float], sleep: Callable[[float], object]) -> None:
        self.gap = gap
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at: dict[str, float] = {}

    def wait(self, key: str) -> None:
        """Take the next slot of ``key`` and sleep until it comes."""
        with self._lock:
            now = self._monotonic()
            at = max(now, self._free_at.get(key, now))
            self._free_at[key] = at + self.gap
        if at > now:
            self._sleep(at - now)

    def take(self, key: str) -> bool:
        """Take a slot of ``key`` if one is free now."""
        with self._lock:
            now = self._monotonic()
            if self._free_at.get(key, now) > now:
                return False
            self._free_at[key] = now + self.gap
            return True

    def hold(self, key: str, seconds: float) -> None:
        """No slot of ``key`` for ``seconds``: Slack asked for it."""
        with self._lock:
            self._free_at[key] = max(self._free_at.get(key, 0.0), self._monotonic() + seconds)
