"""The JavaScript client in a real browser: what `watch` does when server and network do not behave."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.scripted import Job, ScriptedServer

EXAMPLE = Path(__file__).parents[2] / "clients" / "js" / "example" / "index.html"
BLANK = "<!doctype html><meta charset=utf-8><title>Page</title><body>"
WATCH = """async (url) => {
  const { watch } = await import("/static/headway.js");
  window.seen = [];
  window.states = [];
  window.handle = watch(url, (job) => window.seen.push([job.version, job.percent, job.status]), {
    onState: (state) => window.states.push(state), random: () => 0.5,
  });
}"""


@pytest.fixture
def blank(page: Page, server: ScriptedServer) -> Page:
    server.extra_pages["/blank"] = BLANK
    page.goto("/blank")
    return page


def watching(page: Page, job: Job) -> None:
    page.evaluate(WATCH, job.base)


def until(page: Page, condition: str, arg: Any = None) -> None:
    page.wait_for_function(condition, arg=arg)


def frozen(page: Page) -> None:
    """From here on the page's time moves only when the test says so."""
    page.clock.install(time=0)
    page.clock.pause_at(1_000)


def states(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.states")
    return found


def test_every_snapshot_arrives_until_the_terminal_one(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.includes('live')")
    job.work(10, "Measuring")
    until(blank, "window.seen.at(-1)?.[1] === 10")
    job.finish()
    until(blank, "window.states.at(-1) === 'ended'")
    assert blank.evaluate("window.seen") == [[1, 0, "pending"], [2, 10, "processing"], [3, 100, "completed"]]
    assert job.streams == 1


def test_a_finished_job_is_read_once_and_no_stream_is_opened(blank: Page, server: ScriptedServer) -> None:
    job = server.add(status="completed", percent=100)
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'ended'")
    assert job.streams == 0


def test_a_cut_stream_is_taken_up_where_it_stopped(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.includes('live')")
    job.work(30, "Evaluating")
    until(blank, "window.seen.at(-1)?.[1] === 30")
    job.cut_streams()
    job.work(60, "Evaluating")
    until(blank, "window.seen.at(-1)?.[1] === 60")
    job.finish()
    until(blank, "window.states.at(-1) === 'ended'")
    assert [version for version, _, _ in blank.evaluate("window.seen")] == [1, 2, 3, 4]
    assert job.streams == 2
    assert "reconnecting" not in states(blank)  # it took less than three seconds


def test_the_version_never_falls(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.includes('live')")
    job.work(50, "Evaluating")
    until(blank, "window.seen.at(-1)?.[1] === 50")
    stale = json.dumps({**job.snapshot, "version": 1, "percent": 3})
    blank.evaluate("(text) => window.handle.accept(JSON.parse(text))", stale)
    job.work(70, "Evaluating")
    until(blank, "window.seen.at(-1)?.[1] === 70")
    versions = [version for version, _, _ in blank.evaluate("window.seen")]
    assert versions == sorted(versions)


@pytest.mark.usefixtures("own_context")
def test_reconnecting_is_said_after_three_seconds_and_polling_takes_over_after_ten(
    blank: Page, server: ScriptedServer
) -> None:
    frozen(blank)
    job = server.add()
    job.events = "refuse"
    watching(blank, job)
    until(blank, "window.seen.length === 1")
    blank.clock.run_for(2_900)
    assert "reconnecting" not in states(blank)
    blank.clock.run_for(200)
    assert states(blank)[-1] == "reconnecting"
    blank.clock.run_for(7_000)
    until(blank, "window.states.at(-1) === 'polling'")
    job.work(40, "Evaluating")
    blank.clock.run_for(3_000)
    until(blank, "window.seen.at(-1)?.[1] === 40")


@pytest.mark.usefixtures("own_context")
def test_polling_asks_with_the_entity_tag_and_gives_way_when_the_stream_is_back(
    blank: Page, server: ScriptedServer
) -> None:
    frozen(blank)
    job = server.add()
    job.events = "refuse"
    watching(blank, job)
    until(blank, "window.seen.length === 1")
    blank.clock.run_for(11_000)
    until(blank, "window.states.at(-1) === 'polling'")
    assert any("if-none-match" in headers for headers in server.asked(job.base))
    job.events = "stream"
    blank.clock.run_for(31_000)
    until(blank, "window.states.at(-1) === 'live'")
    job.finish()
    until(blank, "window.states.at(-1) === 'ended'")


@pytest.mark.usefixtures("own_context")
def test_a_proxy_that_swallows_the_stream_is_found_out(blank: Page, server: ScriptedServer) -> None:
    frozen(blank)
    job = server.add()
    job.events = "swallow"
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'live'")
    blank.clock.run_for(41_000)
    blank.clock.run_for(11_000)
    until(blank, "window.states.at(-1) === 'polling'")
    job.work(25, "Evaluating")
    blank.clock.run_for(3_000)
    until(blank, "window.seen.at(-1)?.[1] === 25")


def test_a_page_of_html_instead_of_events_is_not_taken_for_a_stream(
    blank: Page, server: ScriptedServer
) -> None:
    job = server.add()
    job.events = "wrong"
    with blank.expect_response(f"**{job.base}/events?*"):
        watching(blank, job)
    with blank.expect_response(f"**{job.base}/events?*"):  # it has judged the first and tries again
        blank.evaluate("dispatchEvent(new Event('online'))")
    assert "live" not in states(blank)


@pytest.mark.parametrize(("status", "state"), [(401, "denied"), (404, "missing"), (410, "gone")])
def test_a_final_answer_ends_the_watch(blank: Page, server: ScriptedServer, status: int, state: str) -> None:
    job = server.add()
    server.refusals[job.base] = (status, {"detail": "no"})
    watching(blank, job)
    until(blank, "(state) => window.states.at(-1) === state", state)
    assert len(server.asked(job.base)) == 1


def test_a_job_that_is_deleted_while_watched_is_missing(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.includes('live')")
    del server.jobs["j1"]
    job.cut_streams()
    until(blank, "window.states.at(-1) === 'missing'")


def test_204_means_that_all_has_been_seen(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.includes('live')")
    job.events = "swallow"  # the terminal snapshot comes by another way than the stream
    job.finish()
    blank.evaluate("window.handle.refresh()")
    until(blank, "window.seen.at(-1)?.[2] === 'completed'")
    job.cut_streams()
    until(blank, "window.states.at(-1) === 'ended'")


@pytest.mark.usefixtures("own_context")
def test_a_hidden_tab_gives_its_stream_back_and_takes_it_up_when_seen(
    blank: Page, server: ScriptedServer
) -> None:
    """Six streams of six tabs would leave a seventh tab without a connection."""
    frozen(blank)
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'live'")
    blank.evaluate(hide, True)
    blank.clock.run_for(10_100)
    until(blank, "window.states.at(-1) === 'polling'")
    job.work(40, "Evaluating")
    blank.clock.run_for(3_000)
    until(blank, "window.seen.at(-1)?.[1] === 40")
    blank.evaluate(hide, False)
    until(blank, "window.states.at(-1) === 'live'")
    assert job.streams == 2
    job.finish()
    until(blank, "window.states.at(-1) === 'ended'")


@pytest.mark.usefixtures("own_context")
def test_a_job_that_ends_while_its_tab_is_hidden_ends_the_watch(blank: Page, server: ScriptedServer) -> None:
    frozen(blank)
    blank.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'live'")
    blank.clock.run_for(10_100)
    until(blank, "window.states.at(-1) === 'polling'")
    job.finish()
    blank.clock.run_for(3_000)
    until(blank, "window.states.at(-1) === 'ended'")


def test_close_ends_the_requests_and_the_calls(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    watching(blank, job)
    until(blank, "window.states.includes('live')")
    blank.evaluate("window.handle.close()")
    assert states(blank)[-1] == "closed"
    job.work(10, "Measuring")
    blank.evaluate("fetch('/api/jobs')")  # something to happen after the change
    assert blank.evaluate("window.seen.length") == 1


def test_a_retry_given_to_an_ended_watch_takes_it_up_again(blank: Page, server: ScriptedServer) -> None:
    job = server.add(status="failed", error={"type": "x", "message": "It broke"})
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'ended'")
    fresh = {**job.snapshot, "status": "pending", "version": 2, "percent": 0}
    job.push(**{name: fresh[name] for name in ("status", "percent")})
    blank.evaluate("(text) => window.handle.accept(JSON.parse(text))", json.dumps(fresh))
    until(blank, "window.states.at(-1) === 'live'")


def test_a_look_that_finds_an_ended_job_at_work_takes_the_watch_up_again(
    blank: Page, server: ScriptedServer
) -> None:
    job = server.add(status="failed", error={"type": "x", "message": "It broke"})
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'ended'")
    job.work(20, "Evaluating")  # retried elsewhere
    blank.evaluate("(window.handle.refresh(), window.handle.refresh())")
    until(blank, "window.states.at(-1) === 'live'")
    job.finish()
    until(blank, "window.states.at(-1) === 'ended'")
    assert blank.evaluate("window.seen.at(-1)")[2] == "completed"
    assert job.streams == 1


def test_a_look_that_finds_an_ended_job_as_it_was_changes_nothing(
    blank: Page, server: ScriptedServer
) -> None:
    job = server.add(status="failed", error={"type": "x", "message": "It broke"})
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'ended'")
    with blank.expect_response(f"**{job.base}"):
        blank.evaluate("window.handle.refresh()")
    assert blank.evaluate("[window.states, window.seen.length]") == [["ended"], 1]


def test_a_watch_that_was_denied_ends_when_a_look_finds_the_job_over(
    blank: Page, server: ScriptedServer
) -> None:
    job = server.add()
    server.refusals[job.base] = (401, {"detail": "no"})
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'denied'")
    server.refusals.clear()  # signed in again, in another tab
    job.finish()
    blank.evaluate("window.handle.refresh()")
    until(blank, "window.states.at(-1) === 'ended'")


def test_a_watch_that_is_closed_during_a_look_stays_closed(blank: Page, server: ScriptedServer) -> None:
    job = server.add(status="failed", error={"type": "x", "message": "It broke"})
    watching(blank, job)
    until(blank, "window.states.at(-1) === 'ended'")
    job.work(20, "Evaluating")
    blank.evaluate("(window.handle.refresh(), window.handle.close())")
    blank.evaluate("fetch('/api/jobs')")  # something to happen after the change
    assert states(blank)[-1] == "closed"
    assert (job.streams, blank.evaluate("window.seen.length")) == (0, 1)


def test_what_is_done_on_hearing_that_a_watch_is_closed_does_not_open_it(
    blank: Page, server: ScriptedServer
) -> None:
    job = server.add()
    blank.evaluate(WATCH.replace("window.states.push(state)", "tell(state)"), job.base)
    blank.evaluate(
        """window.tell = (state) => {
          window.states.push(state);
          if (state === "closed") window.handle.accept({ ...window.handle.snapshot, version: 9 });
        }"""
    )
    until(blank, "window.states.includes('live')")
    blank.evaluate("window.handle.close()")
    blank.evaluate("fetch('/api/jobs')")
    assert states(blank)[-1] == "closed"
    assert (job.streams, blank.evaluate("window.seen.length")) == (1, 1)


def test_a_retry_given_on_hearing_of_the_end_is_followed_once(blank: Page, server: ScriptedServer) -> None:
    job = server.add(status="failed", error={"type": "x", "message": "It broke"})
    blank.evaluate(WATCH.replace("window.states.push(state)", "tell(state)"), job.base)
    blank.evaluate(
        """window.tell = (state) => {
          window.states.push(state);
          if (state === "ended") window.handle.accept({ ...window.handle.snapshot, version: 2, status: "pending" });
        }"""
    )
    job.push(status="pending")
    until(blank, "window.states.at(-1) === 'live'")
    job.work(30, "Evaluating")
    until(blank, "window.seen.at(-1)?.[1] === 30")
    assert job.streams == 1


def test_a_signal_that_was_aborted_before_closes_the_watch_at_once(
    blank: Page, server: ScriptedServer
) -> None:
    job = server.add()
    blank.evaluate(
        WATCH.replace("random:", "signal: AbortSignal.abort(), snapshot: { version: 1 }, random:"), job.base
    )
    until(blank, "window.states.at(-1) === 'closed'")
    blank.evaluate("fetch('/api/jobs')")
    assert blank.evaluate("[window.states, window.seen]") == [["closed"], []]
    assert server.asked(job.base) == []


def test_a_token_goes_as_a_bearer_and_the_language_with_it(blank: Page, server: ScriptedServer) -> None:
    job = server.add()
    blank.evaluate(
        """async (url) => {
          const { watch } = await import("/static/headway.js");
          window.states = [];
          watch(url, () => {}, { token: "t0k", lang: "ar", onState: (s) => window.states.push(s) });
        }""",
        job.base,
    )
    until(blank, "window.states.includes('live')")
    for path in (job.base, f"{job.base}/events"):
        headers = server.asked(path)[0]
        assert headers["authorization"] == "Bearer t0k"
        assert headers["accept-language"] == "ar"


def test_events_are_parsed_however_the_bytes_are_cut(blank: Page) -> None:
    text = ': hi\r\nid: 4\r\ndata: {"a":\r\ndata: "é😀"}\r\n\r\nid:5\ndata:x\n\n:c\r\rdata: lost'
    found = blank.evaluate(
        """async (text) => {
          const { readEvents } = await import("/static/headway/sse.js");
          const bytes = new TextEncoder().encode(text);
          const all = [];
          for (const size of [1, 2, 3, 7, bytes.length]) {
            const body = new ReadableStream({
              start(controller) {
                for (let i = 0; i < bytes.length; i += size) controller.enqueue(bytes.slice(i, i + size));
                controller.close();
              },
            });
            const events = [];
            for await (const event of readEvents(body)) if (event) events.push([event.id, event.data]);
            all.push(JSON.stringify(events));
          }
          return all;
        }""",
        text,
    )
    assert set(found) == {
        json.dumps([["4", '{"a":\n"é😀"}'], ["5", "x"]], ensure_ascii=False, separators=(",", ":"))
    }


def test_both_languages_have_the_same_words_with_the_same_gaps(blank: Page) -> None:
    differing = blank.evaluate(
        """async () => {
          const { WORDS } = await import("/static/headway/words.js");
          const gaps = (entry) => typeof entry === "string" ? [entry] : [entry.other];
          const names = (text) => [...text.matchAll(/\\{(\\w+)\\}/g)].map((m) => m[1]).sort().join();
          const faults = Object.keys(WORDS.en).filter((key) => {
            const [en, ar] = [WORDS.en[key], WORDS.ar[key]];
            return !ar || names(gaps(en)[0]) !== names(gaps(ar)[0]);
          });
          const six = ["zero", "one", "two", "few", "many", "other"];
          for (const [key, entry] of Object.entries(WORDS.ar))
            if (typeof entry === "object" && six.some((form) => !entry[form])) faults.push(key);
          return faults.concat(Object.keys(WORDS.ar).filter((key) => !(key in WORDS.en)));
        }"""
    )
    assert differing == []


def test_the_example_page_of_another_site_follows_a_watch_link(
    browser: Browser, server: ScriptedServer
) -> None:
    """Another origin: the module, the snapshot and the events must all be readable from there."""
    other = ScriptedServer([])
    page = browser.new_page()
    try:
        job = server.add("tok", base="/api/watch/tok")
        job.snapshot["links"].update(cancel=None, retry=None)
        other.extra_pages["/example"] = EXAMPLE.read_text()
        page.goto(f"{other.url}/example?headway={server.url}&watch=tok&lang=ar")
        bar = page.get_by_role("progressbar", name="Your order: التقدّم")
        job.work(35, "Evaluating")
        expect(bar).to_have_attribute("aria-valuenow", "35")
        expect(page.get_by_role("button")).to_have_count(0)
        expect(page).to_have_title("35٪ · A shop of another site")
        job.finish()
        expect(page.get_by_text("Said by the element's events: completed")).to_be_visible()
    finally:
        page.close()
        other.close()
