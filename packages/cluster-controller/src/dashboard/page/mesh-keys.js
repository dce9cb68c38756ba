/** @import { Mesh } from './mesh.js' */

/**
 * One stop for Tab, arrow keys from there: left and right among things of a kind, down from a node to the links it has
 * dialled, up from a link to its node, Home and End to the first and last, Enter and Space to show details.
 *
 * @param {HTMLElement} host
 * @param {Mesh} mesh
 * @param {(thing: SVGGElement) => void} open
 */
export function meshKeys(host, mesh, open) {
  host.addEventListener('keydown', (event) => {
    const thing = thingOf(event.target);
    if (thing === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      open(thing);
      return;
    }
    const next = nextThing(mesh.things, thing, event.key);
    if (next === undefined) return;
    event.preventDefault();
    goTo(mesh.things, next);
  });
  host.addEventListener('click', (event) => {
    const thing = thingOf(event.target);
    if (thing === undefined) return;
    goTo(mesh.things, thing);
    open(thing);
  });
}

/**
 * @param {readonly SVGGElement[]} things
 * @param {SVGGElement} thing
 * @param {string} key
 * @returns {SVGGElement | undefined}
 */
function nextThing(things, thing, key) {
  const kind = thing.dataset['kind'];
  const alike = things.filter((each) => each.dataset['kind'] === kind);
  const at = alike.indexOf(thing);
  switch (key) {
    case 'ArrowRight':
      return alike[(at + 1) % alike.length];
    case 'ArrowLeft':
      return alike[(at - 1 + alike.length) % alike.length];
    case 'ArrowDown':
      return kind === 'link' ? undefined : below(things, thing);
    case 'ArrowUp':
      return kind === 'link' ? startOf(things, thing) : undefined;
    case 'Home':
      return things[0];
    case 'End':
      return things.at(-1);
    default:
      return undefined;
  }
}

/**
 * The first link that a node has dialled; a proxy's neighbours are the nodes.
 *
 * @param {readonly SVGGElement[]} things
 * @param {SVGGElement} thing
 */
function below(things, thing) {
  const id = thing.dataset['id'] ?? '';
  const links = things.filter((each) => each.dataset['kind'] === 'link');
  if (thing.dataset['kind'] === 'proxy') return things.find((each) => each.dataset['kind'] === 'node');
  return links.find((link) => link.dataset['id']?.startsWith(`${id}→`)) ?? links[0];
}

/**
 * @param {readonly SVGGElement[]} things
 * @param {SVGGElement} link
 */
function startOf(things, link) {
  const from = link.dataset['id']?.split('→')[0];
  return things.find((each) => each.dataset['kind'] === 'node' && each.dataset['id'] === from);
}

/**
 * @param {readonly SVGGElement[]} things
 * @param {SVGGElement} next
 */
function goTo(things, next) {
  for (const thing of things) thing.setAttribute('tabindex', thing === next ? '0' : '-1');
  next.focus();
}

/**
 * @param {EventTarget | null} target
 * @returns {SVGGElement | undefined}
 */
function thingOf(target) {
  const thing = target instanceof Element ? target.closest('[data-kind]') : null;
  return thing instanceof SVGGElement ? thing : undefined;
}
