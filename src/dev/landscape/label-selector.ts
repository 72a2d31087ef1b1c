type Labels = Record<string, string>;
type Requirement = (labels: Labels) => boolean;

/**
 * Parses a Kubernetes label selector: `a=b`, `a==b`, `a!=b`, `a`, `!a`, `a in (b,c)`, `a notin (b,c)`, joined by commas.
 * Returns undefined when it can't be read.
 */
export function parseLabelSelector(selector: string): Requirement | undefined {
  const parts = selector.trim() === '' ? [] : selector.split(/,(?![^(]*\))/);
  const requirements = parts.map((part) => parseRequirement(part.trim()));
  if (!requirements.every((requirement) => requirement !== undefined)) return undefined;
  return (labels) => requirements.every((requirement) => requirement(labels));
}

const KEY = '([A-Za-z0-9][-A-Za-z0-9_./]*)';
const VALUE = '([-A-Za-z0-9_.]*)';

function parseRequirement(text: string): Requirement | undefined {
  const set = new RegExp(`^${KEY}\\s+(in|notin)\\s+\\(([^()]*)\\)$`).exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return ({ [key]: value }) =>
      operator === 'in' ? value !== undefined && values.includes(value) : !values.includes(value ?? '\0');
  }
  const equality = new RegExp(`^${KEY}\\s*(==|=|!=)\\s*${VALUE}$`).exec(text);
  if (equality) {
    const [, key = '', operator, wanted = ''] = equality;
    return ({ [key]: value }) => (operator === '!=' ? value !== wanted : value === wanted);
  }
  const existence = new RegExp(`^(!?)\\s*${KEY}$`).exec(text);
  if (!existence) return undefined;
  const [, not, key = ''] = existence;
  return (labels) => key in labels === (not === '');
}
