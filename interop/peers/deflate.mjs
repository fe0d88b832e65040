// Parameters of permessage-deflate as the ws package wants them, from an object
// with the names of RFC 7692, section 7.1. Every message is compressed.
export function perMessageDeflate(parameters) {
  const camelCase = (name) => name.replace(/_[a-z]/g, (part) => part[1].toUpperCase());
  const named = Object.entries(parameters).map(([name, value]) => [camelCase(name), value]);
  return { threshold: 0, ...Object.fromEntries(named) };
}
