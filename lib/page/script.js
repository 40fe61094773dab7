// script: filters, sorts, searches and shortens the list, reads bars out, and says how old the page is.
// The page stands without it.
'use strict';
const $ = (s, e = document) => e.querySelector(s), $$ = (s, e = document) => [...e.querySelectorAll(s)];
const number = n => n.toLocaleString('en'), plural = (n, word) => `${number(n)} ${word}${n === 1 ? '' : 's'}`;

// How old is the page? Files are sent on, and opened days later.
const page = document.documentElement.dataset, age = $('#age');
const seconds = Date.now() / 1000 - page.written;
if (seconds > page.staleAfter) {
  const [n, word] = seconds < 7200 ? [seconds / 60, 'minute'] : seconds < 172800 ? [seconds / 3600, 'hour'] : [seconds / 86400, 'day'];
  $('b', age).textContent = `This page was written ${plural(Math.round(n), word)} ago.`;
  age.hidden = false;
  $('.status').classList.add('aged');
  const then = $('.page-head time').textContent;                  // the sentence is of that moment
  const was = document.createElement('small');
  was.textContent = `On ${then}: `;
  $('#status-head').prepend(was);
  $('.status > .icon use').setAttribute('href', '#none');
  document.title = `${then}: ${document.title}`;
}

// Runs: the bar below the pointer is read out, and with the arrow keys each of them.
const plot = $('#runs .runs-plot .marks'), readout = $('.readout');
if (plot) {
  const bars = $$('.run', plot), words = bars.map(b => $('title', b).textContent);
  bars.forEach(b => $('title', b).remove());                      // no second tooltip
  let hot, at = bars.length - 1;
  const show = (i, lit = true) => {
    hot?.classList.remove('hot');
    at = i;
    hot = bars[i];
    hot.classList.toggle('hot', lit);
    readout.textContent = words[i];
  };
  const newest = () => show(bars.length - 1, false);
  const point = e => {
    const near = bars.map(b => { const r = b.getBoundingClientRect(); return Math.abs(e.clientX - r.left - r.width / 2); });
    show(near.indexOf(Math.min(...near)));
  };
  plot.addEventListener('pointermove', point);
  plot.addEventListener('click', point);                          // a finger does not hover
  plot.addEventListener('pointerleave', e => e.pointerType === 'mouse' && newest());
  const region = plot.closest('.scroll');
  region.addEventListener('keydown', e => {
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[e.key];
    if (to === undefined || !bars[to]) return;
    e.preventDefault();
    show(to);
    bars[to].scrollIntoView({ block: 'nearest', inline: 'nearest' });
  });
  region.addEventListener('focus', () => readout.setAttribute('aria-live', 'polite'));
  region.addEventListener('blur', newest);
  newest();
}

// The list. What it says is read from the table itself: there is no second copy of the data.
const table = $('table.requests');
if (table) {
  const body = table.tBodies[0], form = $('#filters'), count = $('#count'), pager = $('#pager'), choose = $('#choose'), STEP = 50;
  const FILTERS = ['source', 'category', 'urgency', 'status', 'mailbox'];
  const say = cell => cell.firstChild?.nodeType === 3 ? cell.firstChild.data.trim() : cell.textContent.trim();
  const rows = $$('tr', body).map((tr, i) => {
    const [source, date, customer, title, category, urgency, status] = tr.cells;
    return { tr, i, source: $('use', source).getAttribute('href').slice(1), date: $('time', date).dateTime, customer: say(customer), title: $('summary', title).textContent,
      category: say(category), urgency: say(urgency), status: say(status), mailbox: tr.dataset.mailbox ?? '', edited: !!$('.edited', tr), words: tr.textContent.toLowerCase() };
  });
  const RANK = { urgency: ['High', 'Medium', 'Low', 'Promotion'], status: ['New', 'Active', 'Closed'] };
  const rank = (key, v) => { const i = RANK[key].indexOf(v); return i < 0 ? 99 : i; };
  const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
  const compare = key => key === 'date' ? (a, b) => a.date < b.date ? -1 : a.date > b.date ? 1 : 0
    : RANK[key] ? (a, b) => rank(key, a[key]) - rank(key, b[key]) || collator.compare(a[key], b[key])
    : (a, b) => !a[key] - !b[key] || collator.compare(a[key], b[key]);
  let sort = { key: 'date', down: true }, limit = STEP, hits = rows;

  // What can be chosen is what is in the list.
  const SOURCES = { fluent: 'FluentSupport', sms: 'SMS', email: 'Email', phone: 'Phone', ticket: 'Ticket' };
  for (const key of FILTERS) {
    const counts = new Map();
    for (const r of [...rows].sort(compare(key))) if (r[key]) counts.set(r[key], (counts.get(r[key]) ?? 0) + 1);
    if (key === 'source') for (const [v, n] of [...counts].sort((a, b) => b[1] - a[1])) form.elements[key].add(new Option(`${SOURCES[v]} (${n})`, v));
    else for (const v of counts.keys()) form.elements[key].add(new Option(v, v));
    form.elements[key].closest('label').hidden = counts.size < 2;
  }
  const edited = rows.filter(r => r.edited).length, only = form.elements.edited.closest('label');
  $('span', only).textContent += ` (${edited})`;
  only.hidden = !edited;

  function order() {                                              // rows move only when the order changes
    const { key, down } = sort, by = compare(key);
    rows.sort((a, b) => (down ? -1 : 1) * by(a, b) || a.i - b.i);
    body.append(...rows.map(r => r.tr));
    for (const th of $$('th[data-key]', table.tHead)) th.dataset.key === key ? th.setAttribute('aria-sort', down ? 'descending' : 'ascending') : th.removeAttribute('aria-sort');
  }
  function draw() {
    const f = Object.fromEntries(new FormData(form)), terms = f.search.toLowerCase().split(/\s+/).filter(Boolean);
    hits = rows.filter(r => FILTERS.every(k => !f[k] || r[k] === f[k]) && (!f.edited || r.edited) && terms.every(t => r.words.includes(t)));
    const show = new Set(hits.slice(0, limit)), all = hits.length === rows.length;
    for (const r of rows) r.tr.hidden = !show.has(r);
    count.textContent = hits.length ? `${number(show.size)} of ${plural(hits.length, 'request')} shown${all ? '' : `, filtered from ${number(rows.length)}`}` : 'Nothing matches.';
    pager.hidden = show.size === hits.length;
    $('#clear').hidden = all;
    const chosen = FILTERS.filter(k => f[k]).length;
    choose.textContent = chosen ? `Filters (${chosen})` : 'Filters';
  }
  const again = () => { limit = STEP; draw(); };

  for (const th of $$('th[data-key]', table.tHead)) {
    const button = document.createElement('button');
    button.type = 'button'; button.append(...th.childNodes); th.append(button);
    button.addEventListener('click', () => { const key = th.dataset.key; sort = { key, down: sort.key === key ? !sort.down : key === 'date' }; order(); again(); });
  }
  for (const event of ['input', 'change']) form.addEventListener(event, again);
  form.addEventListener('submit', e => e.preventDefault());
  choose.addEventListener('click', () => choose.setAttribute('aria-expanded', form.classList.toggle('open')));   // on a phone
  $('#clear').addEventListener('click', () => { form.reset(); again(); form.elements.search.focus(); });
  $('#more').addEventListener('click', () => { const next = limit; limit += STEP; draw(); $('summary', hits[next].tr).focus(); });
  $('#all').addEventListener('click', () => { const next = limit; limit = Infinity; draw(); $('summary', hits[next].tr).focus(); });
  // A click anywhere in a row opens it; selecting text does not.
  body.addEventListener('click', e => {
    if (e.target.closest('details, a') || !getSelection().isCollapsed) return;
    const d = $('details', e.target.closest('tr')); d.open = !d.open;
  });
  // A figure that counts something leads to what it counted.
  for (const a of $$('a[data-filter]')) a.addEventListener('click', () => {
    form.reset();
    for (const [k, v] of new URLSearchParams(a.dataset.filter)) {
      const e = form.elements[k];
      if (e.type === 'checkbox') { e.checked = true; continue; }
      if (![...e.options].some(o => o.value === v)) e.add(new Option(v, v));   // none of it is in the list
      e.value = v;
    }
    again();
  });
  // Where a style sheet makes cards of rows, some browsers forget that it is a table.
  for (const [s, role] of [['table', 'table'], ['thead, tbody', 'rowgroup'], ['tr', 'row'], ['td', 'cell'], ['thead th', 'columnheader'], ['tbody th', 'rowheader']])
    for (const t of $$('table.requests, table.rejects')) for (const e of s === 'table' ? [t] : $$(s, t)) e.setAttribute('role', role);
  form.hidden = false;
  draw();
}
