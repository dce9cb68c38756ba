/** Text that is markup already. Made here only, so that whatever comes from a cluster is escaped on its way in. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** A style sheet of our own: nothing in it is escaped, since nothing in a `<style>` is unescaped. */
export function styleSheet(text: string): Markup {
  return new Markup(`<style>${text}</style>`);
}

export type Content = Markup | string | number | null | undefined | false | readonly Content[];

/** A template for HTML and SVG: what is put in is escaped, unless it is markup; lists are joined, nothing is for what isn't there. */
export function html(texts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = texts.map((text, index) => text + (index < values.length ? markupOf(values[index]) : ''));
  return new Markup(parts.join(''));
}

function markupOf(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Markup) return value.toString();
  if (typeof value === 'object') return value.map(markupOf).join('');
  return escaped(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that no document may hold are shown as what stands for them. */
function escaped(text: string): string {
  const clean = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return clean.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
