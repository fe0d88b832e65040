// The two CloseEvents of one connection, side by side, and the Close frames
// that went between them.

import { byId, make } from './element.js';
import { nameOf } from './codes.js';
import { compare, shared, verdict } from './compare.js';
import { say } from './i18n.js';
import { visible, visibleText } from './visible.js';

// show draws a record, or the empty views for null.
export function show(record) {
  const comparison = record && compare(record.browser, record.server);
  byId('views-url').replaceChildren(record ? visible(record.url) : '');
  fill('browser-event', record?.browser, browserMembers, comparison, record ? 'side.browserWaits' : 'side.browserNone');
  fill('server-event', record?.server, serverMembers, comparison, record?.browser ? 'side.serverWaits' : 'side.serverNone');
  showWire(record?.server);
  showVerdict(record, comparison);
}

function fill(id, view, members, comparison, missing) {
  const place = byId(id).querySelector('.members');
  if (!view) {
    place.replaceChildren(say(make('p', { class: 'empty' }), missing));
    return;
  }
  const main = make('dl', { class: 'main' }, ...shared.map((name) => sharedMember(name, view[name], comparison)));
  place.replaceChildren(main, make('dl', { class: 'rest' }, ...members(view)));
}

// member is a row of a list; value is the exact one, for tests and scripts.
function member(name, value, shown, attributes = {}) {
  return make('div', { 'data-member': name, 'data-value': String(value ?? ''), ...attributes },
    make('dt', { translate: 'no' }, name), make('dd', {}, ...[shown].flat()));
}

function sharedMember(name, value, comparison) {
  const same = comparison ? { 'data-same': String(comparison.same[name]) } : {};
  return member(name, value, sharedValue[name](value), same);
}

const sharedValue = {
  code: (code) => [make('span', { class: 'number' }, String(code)), make('span', { class: 'name' }, nameOf(code))],
  reason: (reason) => quoted(reason),
  wasClean: (clean) => make('span', { class: clean ? 'clean' : 'unclean' }, String(clean)),
};

export function quoted(text) {
  return text === '' ? say(make('span', { class: 'empty' }), 'reason.empty') : make('q', {}, visible(text));
}

function browserMembers(view) {
  const rows = [
    member('error', view.error, say(make('span'), view.error ? 'error.before' : 'error.none')),
    member('readyState', view.readyState, String(view.readyState)),
    member('elapsed', view.elapsed, duration('elapsed.total', view.elapsed)),
  ];
  if (view.sinceClose !== null) rows.push(member('sinceClose', view.sinceClose, duration('elapsed.sinceClose', view.sinceClose)));
  if (view.subprotocol) rows.push(member('subprotocol', view.subprotocol, visible(view.subprotocol)));
  if (view.extensions) rows.push(member('extensions', view.extensions, visible(view.extensions)));
  return rows;
}

function serverMembers(event) {
  const words = ['initiator', 'phase', 'cause', 'rule', 'transport', 'httpVersion', 'subprotocol', 'extensions'];
  const rows = words.filter((name) => event[name]).map((name) => member(name, event[name], visible(String(event[name]))));
  if (event.offendingCode !== null) rows.push(member('offendingCode', event.offendingCode, String(event.offendingCode)));
  if (event.openedAt) {
    const elapsed = Date.parse(event.closedAt) - Date.parse(event.openedAt);
    rows.push(member('elapsed', elapsed, duration('elapsed.total', elapsed)));
  }
  return rows;
}

function duration(key, milliseconds) {
  return say(make('span'), key, { seconds: milliseconds / 1000 });
}

// showWire draws the Close frames as the server saw them go (only the server
// can tell), the one that started the closing handshake first.
function showWire(event) {
  const frames = [
    frame('to-server', 'wire.toServer', event, event?.received),
    frame('to-browser', 'wire.toBrowser', event, event?.sent),
  ];
  byId('wire').replaceChildren(...(event?.initiator === 'local' ? frames.reverse() : frames));
}

function frame(direction, key, known, closeFrame) {
  const what = closeFrame ? frameText(closeFrame) : known ? say(make('span'), 'wire.none') : '';
  return make('div', { class: `frame ${direction}`, 'data-frame': closeFrame ? 'sent' : known ? 'none' : '' },
    say(make('span', { class: 'sr-only' }), key), make('span', { class: 'what' }, what), make('span', { class: 'line' }));
}

// frameText is what a Close frame carries; 1005 stands for an empty one.
function frameText(closeFrame) {
  if (closeFrame.code === 1005) return say(make('span'), 'wire.empty');
  const reason = closeFrame.reason === '' ? '' : make('q', { title: visibleText(closeFrame.reason) }, visible(closeFrame.reason));
  return make('span', {}, `Close ${closeFrame.code} `, reason);
}

function showVerdict(record, comparison) {
  const place = byId('verdict');
  place.dataset.agree = comparison ? String(comparison.all) : '';
  say(place.firstElementChild, record ? verdict(record) : 'verdict.none');
}
