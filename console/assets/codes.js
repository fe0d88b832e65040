// The registry of status codes, as the server gives it. Without it codes are
// numbers without names.

let codes = [];

export async function loadCodes() {
  try {
    const answer = await fetch('codes.json');
    const entries = answer.ok ? await answer.json() : [];
    codes = Array.isArray(entries) ? entries.map(normal) : [];
  } catch {
    codes = [];
  }
}

// normal gives a single code the form of a range.
function normal(entry) {
  const first = entry.first ?? entry.code;
  return { first, last: entry.last ?? first, name: entry.name ?? '', description: entry.description ?? '' };
}

// find is the narrowest entry that holds the code, or undefined.
export function find(code) {
  const holds = codes.filter((entry) => entry.first <= code && code <= entry.last);
  return holds.sort((a, b) => (a.last - a.first) - (b.last - b.first))[0];
}

// nameOf is the name of exactly this code, or ''.
export function nameOf(code) {
  const entry = find(code);
  return entry && entry.first === entry.last ? entry.name : '';
}

// named are the single codes that have a name.
export function named() {
  return codes.filter((entry) => entry.first === entry.last && entry.name);
}
