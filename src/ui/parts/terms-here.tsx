import type { ReactNode } from 'react';
import { TERMS, termsTitle, type Term } from '../words/terms.ts';

/** The meaning of the words in a part of the page, for those who open it: by touch and by keyboard as well. */
export function TermsHere({ terms }: { terms: readonly Term[] }): ReactNode {
  return (
    <details className="terms">
      <summary className="quiet">{termsTitle(terms)}</summary>
      <dl className="facts">
        {terms.map((term) => (
          <div key={term} className="term">
            <dt>{term}</dt>
            <dd>{TERMS[term]}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
