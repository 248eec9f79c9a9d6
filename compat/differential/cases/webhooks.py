"""Webhooks: what they are made of. What they send is in client/test_webhooks.py."""

from ..calls import case, delete, get, patch, post, quietly

HOOKS = "webhooks"
MADE = {"made": "webhook.webhook_id"}
URL = "http://127.0.0.1:59999/hook"
ONE = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]


def create(**body):
    return post(HOOKS, {"name": "hook-1", "url": URL, "events": ONE, **body})


def without(field):
    body = {"name": "hook-1", "url": URL, "events": ONE}
    return post(HOOKS, {name: value for name, value in body.items() if name != field})


HOOK = quietly(post(HOOKS, {"name": "hook-1", "url": URL, "events": ONE}, save=MADE))


def change(**body):
    return patch(f"{HOOKS}/{{made}}", body)


READ = get(f"{HOOKS}/{{made}}")

CASES = [
    case("webhook: made with all fields", create(description="about it", secret="s", status="DISABLED")),
    case("webhook: made with empty texts", create(description="", secret="")),
    case("webhook: events as numbers", create(events=[{"entity": 6, "action": 1}], status=2)),
    *(case(f"webhook: made without {field}", without(field)) for field in ("name", "url", "events")),
    *(
        case(f"webhook: the name {name!r}", create(name=name))
        for name in ("", "a", "A.b_c-9", "-a", "a-", "a b", "é", "x" * 63, "x" * 64, "a\n", 7)
    ),
    *(
        case(f"webhook: the address {url!r}", create(url=url))
        for url in ("", " ", "no address", "ftp://127.0.0.1/", "http://", "https:///path", 7)
    ),
    *(
        case(f"webhook: the events {events!r}", create(events=events))
        for events in (
            [],
            "registered_model.created",
            [{"entity": "REGISTERED_MODEL", "action": "DELETED"}],
            [{"entity": "MODEL_VERSION_TAG", "action": "CREATED"}],
            [{"entity": "BUDGET_POLICY", "action": "EXCEEDED"}],
        )
    ),
    case("webhook: the status 'PAUSED'", create(status="PAUSED")),
    case("webhook: read", HOOK, READ),
    case("webhook: an unknown one is read", get(f"{HOOKS}/no-such-webhook")),
    case("webhook: changed", HOOK, change(name="b", url=f"{URL}2", description="d", status="DISABLED"), READ),
    case(
        "webhook: empty texts change nothing but the description",
        HOOK,
        change(name="", url="", description=""),
        READ,
    ),
    case("webhook: nothing is changed", HOOK, change(), READ),
    case(
        "webhook: other events",
        HOOK,
        change(events=[{"entity": "PROMPT_TAG", "action": "SET"}, {"entity": "PROMPT", "action": "CREATED"}]),
    ),
    case("webhook: changed to a name that none can have", HOOK, change(name="a b"), READ),
    case("webhook: changed to an address that is none", HOOK, change(url="nowhere"), READ),
    case("webhook: an unknown one is changed", patch(f"{HOOKS}/no-such-webhook", {"name": "a"})),
    case(
        "webhook: deleted, and once more",
        HOOK,
        delete(f"{HOOKS}/{{made}}"),
        delete(f"{HOOKS}/{{made}}"),
        READ,
    ),
    case("webhook: listed", HOOK, HOOK, get(HOOKS, {"max_results": 1})),
    case("webhook: a test where nobody listens", HOOK, post(f"{HOOKS}/{{made}}/test", {})),
    case(
        "webhook: a test of a pair that does not go together",
        HOOK,
        post(f"{HOOKS}/{{made}}/test", {"event": {"entity": "PROMPT", "action": "DELETED"}}),
    ),
    case("webhook: pages of a thousand and one", get(HOOKS, {"max_results": 1001})),
    case("webhook: pages of minus one", get(HOOKS, {"max_results": -1})),
    case("webhook: a token that is none", get(HOOKS, {"page_token": "nothing"})),
    case("webhook: a test of an unknown one", post(f"{HOOKS}/no-such-webhook/test", {})),
]
