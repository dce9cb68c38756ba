/** A LIKE pattern, without regard to case: `%` stands for anything, `_` for one character, `\` takes their meaning away. */
export function likePattern(pattern: string): RegExp {
  const source = pattern.replace(/\\([\s\S])|([\s\S])/g, (_whole, escaped?: string, plain?: string) => {
    if (plain === '%') return '[\\s\\S]*';
    if (plain === '_') return '[\\s\\S]';
    return (escaped ?? plain ?? '').replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 'iu');
}
