// The table of past closes, newest first. A row opens to all the members.

import { byId, make } from './element.js';
import { compare, shared, verdict } from './compare.js';
import { say } from './i18n.js';
import { clock } from './log.js';
import { quoted } from './views.js';
import { visible, visibleText } from './visible.js';

const rows = new Map(); // record key -> its <tr>

// put draws the record's row anew, or for the first time.
export function put(record) {
  const row = make('tr', { 'data-key': record.key, class: record.browser ? 'own' : 'foreign' }, ...cells(record));
  row.addEventListener('click', () => toggle(record, row));
  const old = rows.get(record.key);
  rows.set(record.key, row);
  byId('closes-empty').hidden = true;
  if (!old) {
    byId('closes').tBodies[0].prepend(row);
    return;
  }
  const wasOpen = isOpen(old);
  if (wasOpen) toggle(record, old);
  old.replaceWith(row);
  if (wasOpen) toggle(record, row);
}

export function drop(record) {
  const row = rows.get(record.key);
  if (!row) return;
  if (isOpen(row)) row.nextElementSibling.remove();
  row.remove();
  rows.delete(record.key);
}

function cells(record) {
  const comparison = compare(record.browser, record.server);
  return [
    make('td', {}, make('button', { type: 'button', class: 'opener code', 'aria-expanded': 'false' }, clock(record.at).slice(0, 8))),
    make('td', { class: 'address code', translate: 'no', title: visibleText(record.url) },
      make('span', { class: 'two-lines' }, visible(path(record.url)))),
    ...shared.map((name) => cell('browser', name, record.browser, comparison)),
    ...shared.map((name) => cell('server', name, record.server, comparison)),
    make('td', {}, badge(comparison, record)),
  ];
}

function cell(side, name, view, comparison) {
  const same = comparison ? { 'data-same': String(comparison.same[name]) } : {};
  const attributes = { class: `${side} ${name}`, translate: 'no', ...same };
  if (!view) return make('td', attributes, make('span', { class: 'empty' }, '–'));
  return make('td', attributes, name === 'reason' ? shortReason(view.reason) : String(view[name]));
}

function shortReason(reason) {
  return reason === '' ? make('span', { class: 'empty' }, '–') : quoted(reason);
}

// path is the address without what all of them have in common.
function path(address) {
  try {
    const url = new URL(address);
    url.searchParams.delete('id');
    return url.pathname + url.search;
  } catch {
    return address;
  }
}

function badge(comparison, record) {
  const word = comparison ? (comparison.all ? 'agree' : 'differ') : record.browser ? 'waiting' : 'other';
  return say(make('span', { class: `badge ${word}` }), `badge.${word}`);
}

function isOpen(row) {
  return row.querySelector('.opener').getAttribute('aria-expanded') === 'true';
}

function toggle(record, row) {
  const open = isOpen(row);
  row.querySelector('.opener').setAttribute('aria-expanded', String(!open));
  if (open) row.nextElementSibling.remove();
  else row.after(details(record));
}

function details(record) {
  const both = make('div', { class: 'details' },
    members('browser', 'side.browser', record.browser), members('server', 'side.server', record.server));
  const sentence = say(make('p', { class: 'why' }), verdict(record));
  return make('tr', { class: 'open' }, make('td', { colspan: '9' }, sentence, both));
}

function members(side, key, view) {
  const lines = view ? JSON.stringify(view, null, 2).split('\n') : ['–'];
  const code = make('pre', { translate: 'no', tabindex: '0' });
  for (const line of lines) code.append(visible(line), '\n');
  return make('div', { class: side }, say(make('h4'), key), code);
}
