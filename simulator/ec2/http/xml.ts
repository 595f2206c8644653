/** What EC2's XML can say: elements, lists (as `<item>`), texts, numbers, flags and times. Undefined is left out. */
export type XmlValue =
  string | number | boolean | Date | undefined | readonly XmlValue[] | { readonly [name: string]: XmlValue };

const NAMESPACE = 'http://ec2.amazonaws.com/doc/2016-11-15';
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function xmlDocument(root: string, value: XmlValue): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${contentOf(value)}</${root}>`;
}

function element(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  const content = contentOf(value);
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

function contentOf(value: XmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map((item) => element('item', item)).join('');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, part]) => element(name, part))
      .join('');
  return escaped(String(value));
}

function isList(value: XmlValue): value is readonly XmlValue[] {
  return Array.isArray(value);
}

/** Carriage returns too: an XML parser would read them as line feeds. Control characters do not exist in XML 1.0. */
function escaped(text: string): string {
  return (
    text
      .replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
      .replace(/\r/g, '&#xD;')
      // eslint-disable-next-line no-control-regex -- these are the characters that XML cannot carry at all
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '')
  );
}
