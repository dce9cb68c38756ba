import { byId } from './elements.js';

/** @typedef {'system' | 'light' | 'dark'} Theme */

const KEY = 'sealane-theme';
/** @type {readonly Theme[]} */
const order = ['system', 'light', 'dark'];
const words = { system: 'as the system has it', light: 'light', dark: 'dark' };
const signs = { system: '◐', light: '☀', dark: '☾' };

/** The switch: as the system has it, light, dark, and round again. Kept in this browser. */
export function themeSwitch() {
  const button = byId('theme');
  /** @type {Theme} */
  let theme = order.find((each) => each === kept()) ?? 'system';
  const use = () => {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    button.textContent = signs[theme];
    button.setAttribute('aria-label', `Theme: ${words[theme]}`);
  };
  button.addEventListener('click', () => {
    theme = order[(order.indexOf(theme) + 1) % order.length] ?? 'system';
    keep(theme);
    use();
  });
  use();
}

function kept() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A browser that keeps nothing shows what the system has.
  }
}

/** @param {Theme} theme */
function keep(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // As above.
  }
}
