// sync: the button Sync now, on a page that a web server serves. It starts a run, follows it, and says how
// it ended.
{
  const form = $('#sync'), PAUSE = 1500, PATIENCE = 3600e3, LOST = 5;

  // Relative to the page, without the name and password that its address may hold.
  async function ask(path, options) {
    const answer = await fetch(location.origin + location.pathname + path, { cache: 'no-store', ...options });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  }
  const start = date => ask('sync', {
    method: 'POST', headers: { 'Content-Type': 'application/json', Prefer: 'respond-async' },
    body: JSON.stringify(date ? { dateFilter: date } : {}),
  });

  // The newest run, once it has ended: the one that was started, or one after it.
  async function follow(id, told) {
    let lost = 0;
    for (const began = Date.now(); Date.now() - began < PATIENCE;) {
      await new Promise(then => setTimeout(then, PAUSE));
      const run = await ask('status').then(answer => answer.body.syncStatus, () => null);
      if (run?.id >= id && run.last_sync_status !== 'in_progress') return run;
      lost = run ? 0 : lost + 1;
      if (lost === LOST) return null;
      if (run?.id >= id) told(run.tickets_fetched);
    }
    return null;
  }

  // What became of it: how it sounds, in a word, and in a sentence.
  const plain = text => text?.replaceAll('`', '').replace(/(:\/\/[^\s?]*)\?\S*?(?=[:;,.)]*(\s|$))/g, '$1') ?? '';
  const counts = d => ['added', 'updated', 'deleted'].map(what =>
    `${d[`tickets_${what}`] ?? d[`tickets${what[0].toUpperCase()}${what.slice(1)}`] ?? 0} ${what}`).join(', ');
  function ended(run) {
    const said = plain([run.error_message ?? run.error, run.advice].filter(Boolean).join('; '));
    const code = run.exit_code ?? run.exitCode;
    if (run.last_sync_status === 'success' || run.success) return ['well', 'Done:', `${counts(run)}.`];
    if (run.last_sync_status === 'partial' || code === 3) return ['heed', 'Partial:', `${said}; ${counts(run)}.`];
    return ['fail', code ? `It failed (exit ${code}):` : 'It failed:', `${said || 'see the status'}.`];
  }
  function refused({ status, body }) {
    if (status === 409) return ['busy', 'Another run is at work.', 'It brings what is new.'];
    if (status === 401 || status === 403) return ['fail', 'Not allowed:', `${plain(body.error) || 'the web server refused it'}.`];
    if (body.exitCode) return ended(body);
    return ['fail', 'It failed:', `${plain(body.error) || `the web server answered with ${status}`}.`];
  }

  if (form) {
    const button = $('button', form), said = $('output', form);
    const say = ([tone, word, sentence], again) => {
      const strong = document.createElement('b'), link = document.createElement('a');
      strong.textContent = word;
      link.textContent = 'Load the page again';
      link.href = location.pathname;
      said.className = tone;
      said.replaceChildren(strong, ` ${sentence} `, ...again ? [link] : []);
    };
    const work = () => {
      const count = document.createElement('span');
      count.ariaHidden = 'true';                                  // it moves too often to be read out
      say(['busy', 'A run is at work.', '']);
      said.append(count);
      return read => { count.textContent = read ? `${plural(read, 'ticket')} read.` : ''; };
    };
    async function run() {
      const told = work(), answer = await start(form.elements.since.value);
      if (answer.status === 200) return say(ended(answer.body), true);
      if (answer.status !== 202) return say(refused(answer), answer.body.exitCode > 0);
      const end = answer.body.id && await follow(answer.body.id, told);
      say(end ? ended(end) : ['heed', 'The end of the run was not seen.', 'It goes on without this page.'], true);
    }
    form.addEventListener('submit', async e => {
      e.preventDefault();
      if (button.ariaDisabled) return;
      button.ariaDisabled = 'true';
      await run().catch(() => say(['fail', 'The server did not answer.', 'No run was started, as far as is known.']));
      button.ariaDisabled = null;
    });
    form.hidden = false;
  }
}
