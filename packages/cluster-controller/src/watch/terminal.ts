import type { ScreenSize } from './screen.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CTRL_C = '\u0003';

export interface TerminalOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Another size: draw anew. */
  resized(): void;
  /** `q`, Ctrl-C, or the input is over. */
  quit(): void;
}

/** The whole terminal as a canvas, given back as it was found. */
export class Terminal {
  readonly #options: TerminalOptions;
  readonly #onKeys = (keys: Buffer): void => {
    if (/[qQ]/.test(keys.toString()) || keys.includes(CTRL_C)) this.#options.quit();
  };

  constructor(options: TerminalOptions) {
    this.#options = options;
    const { input, output } = options;
    if (input.isTTY) input.setRawMode(true);
    input.on('data', this.#onKeys);
    input.on('end', options.quit);
    output.on('resize', options.resized);
    output.on('error', options.quit);
    output.write(ENTER);
  }

  get size(): ScreenSize {
    const { columns = 80, rows = 24 } = this.#options.output;
    return { columns, rows };
  }

  /** Overwrites what was there, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    this.#options.output.write(
      `${HOME}${lines.map((line) => `${line}${CLEAR_LINE_END}`).join('\r\n')}${CLEAR_BELOW}`,
    );
  }

  close(): void {
    const { input, output, quit, resized } = this.#options;
    input.off('data', this.#onKeys);
    input.off('end', quit);
    output.off('resize', resized);
    if (input.isTTY) input.setRawMode(false);
    input.pause();
    output.write(LEAVE);
  }
}
