// The two views of one close, compared.

// shared are the members that both views have, in their order.
export const shared = ['code', 'reason', 'wasClean'];

// compare says for each shared member whether both ends report the same, and
// in all whether they agree; null while one view is missing.
export function compare(browser, server) {
  if (!browser || !server) return null;
  const same = {};
  for (const member of shared) same[member] = browser[member] === server[member];
  return { same, all: shared.every((member) => same[member]) };
}

// verdict is the name of the sentence about a record.
export function verdict(record) {
  const { browser, server } = record;
  if (!browser && !server) return 'verdict.open';
  if (!server) return 'verdict.browserOnly';
  if (!browser) return 'verdict.serverOnly';
  const { same, all } = compare(browser, server);
  if (all) return 'verdict.agree';
  if (same.code && same.reason) return 'verdict.wasClean';
  if (browser.code === 1006) return server.received && server.sent ? 'verdict.browserFailed' : 'verdict.browserLost';
  if (server.code === 1006) return 'verdict.serverLost';
  return 'verdict.crossed';
}
