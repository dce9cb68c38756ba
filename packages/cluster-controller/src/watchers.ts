import type { ClusterView } from './cluster-view.ts';
import { ansiPaint, describeMesh, describeStep, meshLines, noPaint, type Paint } from './describe.ts';
import type { Progress } from './progress.ts';
import type { Step } from './step.ts';

/** Where lines go: a terminal, a file, a test. */
export interface Screen {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
}

/** A wait shorter than this is not worth a line of its own. */
const WAIT_LINE_AFTER_MS = 3_000;
/** The least time between two pictures: a terminal over ssh should not drown. */
const PICTURE_INTERVAL_MS = 60;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** Lines with ticks and seconds; below them, on a terminal, the mesh as it is now. */
export function watcherFor(screen: Screen): Progress {
  return screen.isTTY ? new TerminalWatcher(screen) : new LineWatcher(screen, noPaint);
}

/** For --json: nobody watches. */
export const silent: Progress = {
  see: () => undefined,
  begin: () => undefined,
  wait: () => undefined,
  end: () => undefined,
  fail: () => undefined,
  say: () => undefined,
  close: () => undefined,
};

class LineWatcher implements Progress {
  readonly #screen: Screen;
  protected readonly paint: Paint;
  readonly #startedAt = performance.now();
  #nodeStartedAt = 0;
  #waitingSince: number | undefined;
  protected view: ClusterView = { nodes: [], proxies: [] };

  constructor(screen: Screen, paint: Paint) {
    this.#screen = screen;
    this.paint = paint;
  }

  see(view: ClusterView): void {
    this.view = view;
  }

  begin(step: Step, view: ClusterView): void {
    this.view = view;
    this.#waitingSince = undefined;
    if (step.kind === 'begin-node') this.#nodeStartedAt = performance.now();
  }

  wait(reason: string): void {
    this.#waitingSince ??= performance.now();
    if (performance.now() - this.#waitingSince < WAIT_LINE_AFTER_MS) return;
    this.line(this.paint.dim('…'), `still waiting for ${reason}`);
    this.#waitingSince = performance.now();
  }

  end(step: Step, ms: number): void {
    const text = describeStep(step, this.view);
    if (step.kind === 'begin-roll' || step.kind === 'begin-node') {
      this.line(this.paint.dim('▸'), text);
      return;
    }
    const took = step.kind === 'end-node' ? performance.now() - this.#nodeStartedAt : ms;
    const mesh = step.kind === 'end-node' || step.kind === 'end-roll' ? `; ${describeMesh(this.view)}` : '';
    this.line(this.paint.good('✓'), `${text}${mesh} ${this.paint.dim(`(${seconds(took)})`)}`);
  }

  fail(step: Step, reason: string): void {
    this.line(this.paint.bad('✗'), `${describeStep(step, this.view)}: ${reason}`);
  }

  say(text: string): void {
    this.line(this.paint.dim('·'), text);
  }

  close(): void {
    // Every line is out already.
  }

  protected line(mark: string, text: string): void {
    this.write(`${this.paint.dim(this.elapsed())} ${mark} ${text}\n`);
  }

  protected write(text: string): void {
    this.#screen.write(text);
  }

  protected elapsed(): string {
    return seconds(performance.now() - this.#startedAt).padStart(8);
  }
}

/** The same lines, with a picture below them that is drawn over and over. */
class TerminalWatcher extends LineWatcher {
  readonly #columns: number;
  #drawn = 0;
  #drawnAt = 0;
  #frame = 0;
  #reason = 'looking at every node';

  constructor(screen: Screen) {
    super(screen, ansiPaint);
    this.#columns = screen.columns;
  }

  override see(view: ClusterView): void {
    super.see(view);
    this.#draw();
  }

  override wait(reason: string): void {
    this.#reason = reason;
    this.#draw();
  }

  override begin(step: Step, view: ClusterView): void {
    super.begin(step, view);
    this.#reason = describeStep(step, view);
    this.#draw();
  }

  override close(): void {
    this.#erase();
  }

  protected override line(mark: string, text: string): void {
    this.#erase();
    super.line(mark, text);
    this.#drawnAt = 0;
    this.#draw();
  }

  #draw(): void {
    if (performance.now() - this.#drawnAt < PICTURE_INTERVAL_MS) return;
    this.#erase();
    this.#frame += 1;
    const spinner = SPINNER[this.#frame % SPINNER.length] ?? '·';
    const status = `${this.elapsed()} ${spinner} ${this.#reason}`.slice(0, this.#columns - 1);
    const picture = ['', ...meshLines(this.view, this.paint).map((line) => `   ${line}`), '', status];
    this.write(`${picture.join('\n')}\n`);
    this.#drawn = picture.length;
    this.#drawnAt = performance.now();
  }

  #erase(): void {
    if (this.#drawn > 0) this.write(`\u001b[${this.#drawn}A\u001b[0J`);
    this.#drawn = 0;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
