// What the page says beside its fields while they are filled in.

import { byId, make } from './element.js';
import { find, named } from './codes.js';
import { say } from './i18n.js';
import { clamp, closeException, codeArgument, isDuration, reasonBytes, reasonLimitBytes, serverMaySend } from './validity.js';

// advise keeps the advice in step with the fields.
export function advise() {
  for (const id of ['code', 'reason', 'how', 'after']) byId(id).addEventListener('input', adviseOnClose);
  byId('url').addEventListener('input', adviseOnUrl);
  byId('codes').append(...named().map((entry) => make('option', { value: entry.first }, entry.name)));
  adviseOnClose();
  adviseOnUrl();
}

// closeArguments are the code and the reason as filled in.
export function closeArguments() {
  return { code: codeArgument(byId('code').value), reason: byId('reason').value };
}

function adviseOnClose() {
  const { code, reason } = closeArguments();
  countBytes(reason);
  nameCode(code);
  set('close-advice', closeException(code, reason) !== '', ...closeAdvice(code, reason));
  set('ask-advice', ...askAdvice(code, reason));
}

function countBytes(reason) {
  const bytes = reasonBytes(reason);
  const count = byId('reason-bytes');
  count.classList.toggle('over', bytes > reasonLimitBytes);
  say(count, 'close.bytes', { bytes, limit: reasonLimitBytes });
}

function nameCode(code) {
  const entry = code === undefined ? undefined : find(clamp(code));
  const place = byId('code-name');
  place.replaceChildren();
  if (entry?.name) place.append(make('b', { translate: 'no' }, entry.name));
  if (entry?.description) place.append(entry.name ? ' ' : '', make('span', { lang: 'en' }, entry.description));
}

function closeAdvice(code, reason) {
  const name = closeException(code, reason);
  if (name === 'InvalidAccessError') return ['close.badCode', { code: String(clamp(code)) }];
  if (name === 'SyntaxError') return ['close.badReason', { limit: reasonLimitBytes }];
  if (code === undefined) return [reason === '' ? 'close.noCode' : 'close.reasonWithoutCode'];
  return ['close.good'];
}

// askAdvice is [bad, key, values] for the server's side of the matter.
function askAdvice(code, reason) {
  const how = byId('how').value;
  const after = byId('after').value.trim();
  if (after !== '' && !isDuration(after)) return [true, 'ask.badAfter'];
  if (how === 'close' && code !== undefined && !serverMaySend(code)) return [true, 'ask.badCode'];
  if (how === 'close' && reasonBytes(reason) > reasonLimitBytes) return [true, 'ask.badReason', { limit: reasonLimitBytes }];
  return [false, `how.${how}`];
}

// adviseOnUrl says when the address lies outside of what the page may reach.
function adviseOnUrl() {
  const address = byId('url').value;
  const url = URL.canParse(address, location.href) ? new URL(address, location.href) : null;
  if (!url) set('url-advice', true, 'connection.badUrl');
  else if (url.host !== location.host) set('url-advice', true, 'connection.otherHost', { host: location.host });
  else if (url.hash !== '' || address.endsWith('#')) set('url-advice', true, 'connection.fragment');
  else byId('url-advice').replaceChildren();
}

function set(id, bad, key, values) {
  const place = byId(id);
  place.classList.toggle('bad', bad);
  place.replaceChildren(say(make('span'), key, values));
}
