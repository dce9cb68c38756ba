/** A command of a page, and what the page says of its outcome. */
export interface Block {
  readonly language: 'sh' | 'sql';
  /** What stands behind `run`: `exit=1`, `error=1045`, `as=root@test`. */
  readonly options: string;
  readonly text: string;
  /** Lines that the outcome shows, in this order; `…` stands for anything. */
  readonly shows: readonly string[];
  /** In the page, from 1. */
  readonly line: number;
}

const FENCE = /^```(\S*)\s*(.*)$/;

/** The blocks that begin with ```` ```sh run ```` or ```` ```sql run ````, each with the ```` ```text shows ```` behind it. */
export function readBlocks(page: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = page.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const [, language, words = ''] = FENCE.exec(lines[index] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    const body = lines.slice(index + 1, end);
    const last = blocks.at(-1);
    if ((language === 'sh' || language === 'sql') && /^run\b/.test(words)) {
      const options = words.slice('run'.length).trim();
      blocks.push({ language, options, text: body.join('\n'), shows: [], line: index + 1 });
    } else if (language === 'text' && words === 'shows' && last !== undefined) {
      blocks.splice(-1, 1, { ...last, shows: body });
    }
    index = end;
  }
  return blocks;
}

/** The lines that were not seen, in their order; blanks are as good as one. */
export function unmatched(shows: readonly string[], text: string): readonly string[] {
  const seen = text.split('\n').map(squeeze);
  let from = 0;
  return shows.filter((line) => {
    const pattern = patternOf(squeeze(line));
    const at = seen.findIndex((each, index) => index >= from && pattern.test(each));
    if (at >= 0) from = at + 1;
    return at < 0;
  });
}

function patternOf(line: string): RegExp {
  const parts = line.split('…').map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^\\s*${parts.join('.*')}\\s*$`);
}

function squeeze(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}
