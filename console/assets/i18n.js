// Every word of the page, in the language chosen. An element that speaks
// carries the name of its string (data-say, or data-say-label for its
// accessible name) and can so be said again in another language.

import { byId } from './element.js';

export const languages = ['en', 'fr'];

const tables = {};
const values = new WeakMap(); // element -> the values in its string
let language = languages[0];

export async function loadStrings() {
  await Promise.all(languages.map(async (name) => {
    const answer = await fetch(`console/strings.${name}.json`);
    tables[name] = await answer.json();
  }));
}

// text is the string with {name} replaced by the value of that name. Numbers
// are written the language's way; pass a status code as a string.
export function text(key, given = {}) {
  const pattern = tables[language][key] ?? key;
  return pattern.replace(/\{(\w+)\}/g, (_, name) => written(given[name]));
}

function written(value) {
  if (typeof value !== 'number') return String(value ?? '');
  return value.toLocaleString(language, { maximumFractionDigits: 3 });
}

// say lets the element speak the string, now and after a change of language.
export function say(element, key, given = {}) {
  element.dataset.say = key;
  values.set(element, given);
  element.textContent = text(key, given);
  return element;
}

// firstLanguage is ?lang= of the page, the one chosen before, or the first of
// the browser's that we speak.
export function firstLanguage() {
  const wanted = [new URLSearchParams(location.search).get('lang'), remembered(), ...navigator.languages];
  const spoken = wanted.map((tag) => (tag ?? '').slice(0, 2).toLowerCase());
  return spoken.find((name) => languages.includes(name)) ?? languages[0];
}

export function speak(name) {
  language = name;
  document.documentElement.lang = name;
  for (const element of document.querySelectorAll('[data-say]')) {
    element.textContent = text(element.dataset.say, values.get(element));
  }
  for (const element of document.querySelectorAll('[data-say-label]')) {
    element.setAttribute('aria-label', text(element.dataset.sayLabel));
  }
  offer(otherLanguage());
}

// toggleLanguage goes to the next language and remembers it.
export function toggleLanguage() {
  speak(otherLanguage());
  try {
    localStorage.setItem('lang', language);
  } catch {
    // No storage, no memory.
  }
}

function otherLanguage() {
  return languages[(languages.indexOf(language) + 1) % languages.length];
}

// offer puts the name of the other language, in that language, on the button.
function offer(name) {
  const button = byId('lang');
  button.lang = name;
  button.textContent = tables[name]['language'];
}

function remembered() {
  try {
    return localStorage.getItem('lang');
  } catch {
    return null;
  }
}
