"""checking: what the page's tests in a browser share: a verdict per line, and what is watched for."""

# What runs is counted, and so is what the policy forbids.
WATCH = """
window.called = []; window.forbidden = [];
window.ran = n => { called.push(n); };
window.alert = window.ran;
document.addEventListener('securitypolicyviolation', e => forbidden.push(e.violatedDirective));
"""
FOCUS = "return document.activeElement.outerHTML.slice(0, 80)"

failures = 0


def check(name, good, what=""):
    global failures
    print(f"{'ok' if good else 'FAILED'}: {name}{'' if good else f': {what}'}", flush=True)
    failures += not good


def exit_code():
    return 1 if failures else 0


def barriers(browser, axe):
    """What axe-core (its source) finds to hinder people, a line each."""
    browser.run(axe)
    return browser.run("return axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})"
                       ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html).join(' | ')))")
