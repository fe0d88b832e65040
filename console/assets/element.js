// Elements, found and made. Text only ever becomes a text node.

export const byId = (id) => document.getElementById(id);

// make is a new element; children are elements or text.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
