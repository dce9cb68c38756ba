import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from './within.ts';

const CHROMIUM = '/usr/bin/chromium';
const START_TIMEOUT_MS = 20_000;
const CALL_TIMEOUT_MS = 10_000;

/** Whether there is a browser here. */
export function canBrowse(): boolean {
  return existsSync(CHROMIUM);
}

export interface PageOptions {
  readonly width: number;
  readonly height: number;
  readonly scheme?: 'light' | 'dark';
  readonly reducedMotion?: boolean;
}

/** What the page said or loaded that it should not have. */
export interface PageTrouble {
  readonly kind: 'exception' | 'console' | 'request';
  readonly text: string;
}

/** A headless Chromium of our own, spoken to over its DevTools protocol; ends with the test. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  readonly #listeners = new Map<string, (method: string, params: Record<string, unknown>) => void>();
  #lastId = 0;

  private constructor(process: ChildProcess, socket: WebSocket) {
    this.#process = process;
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
  }

  static async start(test: { teardown(undo: () => Promise<void>): void }): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'sealane-browser-'));
    const child = spawn(
      CHROMIUM,
      [
        ...[
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-dev-shm-usage',
          '--hide-scrollbars',
        ],
        ...['--no-first-run', '--disable-extensions', '--disable-background-networking', '--mute-audio'],
        ...['--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, HOME: profile } },
    );
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
    });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    test.teardown(async () => {
      child.kill('SIGKILL');
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    });
    const url = await within(START_TIMEOUT_MS, `chromium to start: ${said}`, () => {
      if (child.exitCode !== null) throw new Error(`chromium ended: ${said}`);
      return /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    });
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`can't speak to chromium: ${said}`)), {
        once: true,
      });
    });
    return new Browser(child, socket);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  async open(url: string, options: PageOptions): Promise<Page> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, String(sessionId));
    await page.prepare(options);
    await page.go(url);
    return page;
  }

  async call(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<Record<string, unknown>>();
    this.#calls.set(id, answer);
    this.#socket.send(
      JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
    );
    const timer = setTimeout(
      () => answer.reject(new Error(`chromium did not answer ${method}`)),
      CALL_TIMEOUT_MS,
    );
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#calls.delete(id);
    }
  }

  listen(sessionId: string, told: (method: string, params: Record<string, unknown>) => void): void {
    this.#listeners.set(sessionId, told);
  }

  #receive(message: {
    id?: number;
    method?: string;
    sessionId?: string;
    params?: Record<string, unknown>;
    result?: Record<string, unknown>;
    error?: { message: string };
  }): void {
    if (message.id === undefined) {
      this.#listeners.get(message.sessionId ?? '')?.(message.method ?? '', message.params ?? {});
      return;
    }
    const call = this.#calls.get(message.id);
    if (message.error === undefined) call?.resolve(message.result ?? {});
    else call?.reject(new Error(message.error.message));
  }
}

/** One tab. */
export class Page {
  readonly #browser: Browser;
  readonly #session: string;
  readonly troubles: PageTrouble[] = [];
  readonly requests: string[] = [];

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen(session, (method, params) => this.#hear(method, params));
  }

  async prepare({ width, height, scheme = 'light', reducedMotion = false }: PageOptions): Promise<void> {
    await Promise.all(['Page', 'Runtime', 'Network', 'Log'].map((domain) => this.#call(`${domain}.enable`)));
    await this.resize(width, height);
    await this.#call('Emulation.setEmulatedMedia', {
      features: [
        { name: 'prefers-color-scheme', value: scheme },
        { name: 'prefers-reduced-motion', value: reducedMotion ? 'reduce' : 'no-preference' },
      ],
    });
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#call('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  async go(url: string): Promise<void> {
    await this.#call('Page.navigate', { url });
  }

  /** @returns what the expression comes to, by value */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = (await this.#call('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result?: { value?: unknown }; exceptionDetails?: { exception?: { description?: string } } };
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? 'the page threw');
    return result?.value;
  }

  /** @param key  as KeyboardEvent.key has it: `ArrowRight`, `Enter`, `Tab` */
  async press(key: string): Promise<void> {
    const virtual = {
      Tab: 9,
      Enter: 13,
      Escape: 27,
      End: 35,
      Home: 36,
      ArrowLeft: 37,
      ArrowUp: 38,
      ArrowRight: 39,
      ArrowDown: 40,
    };
    const event = {
      key,
      code: key,
      windowsVirtualKeyCode: virtual[key as keyof typeof virtual] ?? 0,
      ...(key === 'Enter' ? { text: '\r' } : {}),
    };
    await this.#call('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
    await this.#call('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
  }

  /** Of the whole page. */
  async screenshot(file: string): Promise<void> {
    const { data } = await this.#call('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: true,
    });
    writeFileSync(file, Buffer.from(String(data), 'base64'));
  }

  /** Only the viewport. */
  async screenshotOfView(file: string): Promise<void> {
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png' });
    writeFileSync(file, Buffer.from(String(data), 'base64'));
  }

  #call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.#browser.call(method, params, this.#session);
  }

  #hear(method: string, params: Record<string, unknown>): void {
    if (method === 'Network.requestWillBeSent') {
      this.requests.push((params['request'] as { url: string }).url);
    } else if (method === 'Runtime.exceptionThrown') {
      const details = params['exceptionDetails'] as { text: string; exception?: { description?: string } };
      this.troubles.push({ kind: 'exception', text: details.exception?.description ?? details.text });
    } else if (method === 'Log.entryAdded') {
      const { level, text, url } = params['entry'] as { level: string; text: string; url?: string };
      if (level === 'error' || level === 'warning')
        this.troubles.push({ kind: 'console', text: `${text} ${url ?? ''}` });
    }
  }
}
