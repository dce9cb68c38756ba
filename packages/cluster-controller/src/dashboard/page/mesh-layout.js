/** Where things are in the picture of the mesh. Pure. */

export const NODE = { width: 156, height: 70 };
export const PROXY = { width: 164, height: 70 };

/** @typedef {{ readonly x: number; readonly y: number }} Point */
/** @typedef {{ readonly from: Point; readonly bend: Point; readonly to: Point }} Curve */

/**
 * @typedef {{
 *   readonly width: number;
 *   readonly height: number;
 *   readonly nodes: readonly Point[];
 *   readonly proxies: readonly Point[];
 * }} Layout
 */

/**
 * Proxies at the left, nodes on an ellipse, none of them at its very left, where the proxies' links come from. On a narrow screen
 * proxies are above.
 *
 * @param {number} nodeCount
 * @param {number} proxyCount
 * @param {boolean} narrow
 * @returns {Layout}
 */
export function meshLayout(nodeCount, proxyCount, narrow) {
  const room = proxyCount === 0 ? 0 : 1;
  return narrow ? tall(nodeCount, proxyCount, room) : wide(nodeCount, proxyCount, room);
}

/** @type {(nodeCount: number, proxyCount: number, room: number) => Layout} */
function wide(nodeCount, proxyCount, room) {
  const [width, height] = [860, 480];
  const center = { x: width / 2 + room * 100, y: height / 2 };
  const step = height / (proxyCount + 1);
  return {
    width,
    height,
    nodes: onEllipse(nodeCount, center, { x: 290 - room * 55, y: 180 }, -Math.PI),
    proxies: Array.from({ length: proxyCount }, (_, index) => ({ x: 96, y: step * (index + 1) })),
  };
}

/** @type {(nodeCount: number, proxyCount: number, room: number) => Layout} */
function tall(nodeCount, proxyCount, room) {
  const width = 440;
  const height = 420 + room * 130;
  const center = { x: width / 2, y: 210 + room * 130 };
  const step = width / (proxyCount + 1);
  return {
    width,
    height,
    nodes: onEllipse(nodeCount, center, { x: 138, y: 155 }, -Math.PI / 2),
    proxies: Array.from({ length: proxyCount }, (_, index) => ({ x: step * (index + 1), y: 42 })),
  };
}

/** @type {(count: number, center: Point, radius: Point, start: number) => readonly Point[]} */
function onEllipse(count, center, radius, start) {
  if (count === 1) return [center];
  return Array.from({ length: count }, (_, index) => {
    const angle = start + (2 * Math.PI * (index + 0.5)) / count;
    return { x: center.x + radius.x * Math.cos(angle), y: center.y + radius.y * Math.sin(angle) };
  });
}

/**
 * From the edge of one card to that of another, bent to its left, so that both directions of a pair lie apart.
 *
 * @param {Point} a
 * @param {Point} b
 * @param {number} bend  how far the middle is off the straight line
 * @param {{ readonly width: number; readonly height: number }} startCard
 * @returns {Curve}
 */
export function curveBetween(a, b, bend, startCard = NODE) {
  const length = Math.hypot(b.x - a.x, b.y - a.y) || 1;
  const normal = { x: (b.y - a.y) / length, y: -(b.x - a.x) / length };
  const middle = { x: (a.x + b.x) / 2 + normal.x * bend * 2, y: (a.y + b.y) / 2 + normal.y * bend * 2 };
  const shift = Math.sign(bend) * Math.min(12, Math.abs(bend));
  const off = (/** @type {Point} */ point) => ({
    x: point.x + normal.x * shift,
    y: point.y + normal.y * shift,
  });
  return {
    from: edgeOf(off(a), middle, a, startCard, 3),
    bend: middle,
    to: edgeOf(off(b), middle, b, NODE, 9),
  };
}

/** @param {Curve} curve */
export function curvePath({ from, bend, to }) {
  return `M${round(from.x)} ${round(from.y)}Q${round(bend.x)} ${round(bend.y)} ${round(to.x)} ${round(to.y)}`;
}

/**
 * A small arrow at the end.
 *
 * @param {Curve} curve
 */
export function headPath({ bend, to }) {
  const length = Math.hypot(to.x - bend.x, to.y - bend.y) || 1;
  const along = { x: (to.x - bend.x) / length, y: (to.y - bend.y) / length };
  const tip = { x: to.x + along.x * 7, y: to.y + along.y * 7 };
  const left = { x: to.x - along.x * 3 - along.y * 5, y: to.y - along.y * 3 + along.x * 5 };
  const right = { x: to.x - along.x * 3 + along.y * 5, y: to.y - along.y * 3 - along.x * 5 };
  return `M${round(tip.x)} ${round(tip.y)}L${round(left.x)} ${round(left.y)}L${round(right.x)} ${round(right.y)}Z`;
}

/**
 * @param {Curve} curve
 * @param {number} share  0 at its beginning, 1 at its end
 * @returns {Point}
 */
export function pointOn({ from, bend, to }, share) {
  const rest = 1 - share;
  return {
    x: rest * rest * from.x + 2 * rest * share * bend.x + share * share * to.x,
    y: rest * rest * from.y + 2 * rest * share * bend.y + share * share * to.y,
  };
}

/**
 * Where the line from a point of a card towards another point leaves the card.
 *
 * @param {Point} start
 * @param {Point} towards
 * @param {Point} center
 * @param {{ readonly width: number; readonly height: number }} card
 * @param {number} gap
 * @returns {Point}
 */
function edgeOf(start, towards, center, card, gap) {
  const dx = towards.x - start.x;
  const dy = towards.y - start.y;
  const right = center.x + (Math.sign(dx) * card.width) / 2;
  const below = center.y + (Math.sign(dy) * card.height) / 2;
  const share = Math.min(
    dx === 0 ? Infinity : (right - start.x) / dx,
    dy === 0 ? Infinity : (below - start.y) / dy,
    1,
  );
  const more = gap / (Math.hypot(dx, dy) || 1);
  return { x: start.x + dx * (share + more), y: start.y + dy * (share + more) };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
