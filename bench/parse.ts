import { parseStatement } from '../packages/sql/src/parser/script.ts';

/** Prints microseconds a statement: the best and the median of several warm rounds. Run: node bench/parse.ts */
const statements = {
  'point SELECT': 'SELECT c FROM sbtest1 WHERE id = 4711',
  'range SELECT': 'SELECT DISTINCT c FROM sbtest1 WHERE id BETWEEN 100 AND 199 ORDER BY c',
  INSERT: "INSERT INTO sbtest1 (id, k, c, pad) VALUES (1, 2, '083-868-641', '67847967377-48000963322')",
  UPDATE: 'UPDATE sbtest1 SET k = k + 1 WHERE id = 4711',
  'join with subquery': `SELECT o.id, c.name, SUM(l.price * l.quantity) AS total FROM orders o
    JOIN customers c ON c.id = o.customer_id LEFT JOIN items l USING (order_id)
    WHERE o.created_at >= NOW() - INTERVAL 7 DAY AND c.id IN (SELECT customer_id FROM active WHERE score > 3)
    GROUP BY o.id, c.name HAVING total > 100 ORDER BY total DESC LIMIT 20`,
};

const ROUNDS = 9;
const CALLS = 5000;

function roundUs(text: string): number {
  const begin = performance.now();
  for (let call = 0; call < CALLS; call++) parseStatement(text);
  return ((performance.now() - begin) * 1000) / CALLS;
}

for (const [name, text] of Object.entries(statements)) {
  const rounds = Array.from({ length: ROUNDS }, () => roundUs(text)).sort((a, b) => a - b);
  const [best = 0] = rounds;
  const median = rounds[ROUNDS >> 1] ?? 0;
  console.log(
    `${name.padEnd(20)} ${best.toFixed(2).padStart(7)} µs best ${median.toFixed(2).padStart(7)} µs median`,
  );
}
