import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Moment } from '../../now.tsx';
import { ShareBar, statsInWords } from '../../parts/share-bar.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest, type Schemas } from '../../rest-client.ts';
import { useSearchParameters } from '../../search-parameters.ts';
import { numberOf } from '../../words/times.ts';

type By = Schemas['Summary']['by'];

const CHOICES: { by: By; words: string }[] = [
  { by: 'plan', words: 'plan' },
  { by: 'region', words: 'region' },
  { by: 'zone', words: 'zone of windows' },
  { by: 'hour', words: 'hour' },
];
const MOST = 24;

/** All operations by state within groups, counted when somebody wants to see them; which groups stands in the URL. */
export function Summary({ id }: { id: string }): ReactNode {
  const parameters = useSearchParameters();
  const by = CHOICES.find((choice) => choice.by === parameters.get('by'))?.by ?? 'region';
  const [isOpen, setOpen] = useState(parameters.get('by') !== '');
  const { data, error } = useQuery({
    queryKey: ['orchestrations', id, 'summary', by],
    queryFn: () =>
      body(
        rest.GET('/orchestrations/{orchestrationID}/summary', {
          params: { path: { orchestrationID: id }, query: { by } },
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: isOpen,
  });
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>Operations by {CHOICES.find((choice) => choice.by === by)?.words}</h2>
      </summary>
      <p className="buttons" role="group" aria-label="Group by">
        {CHOICES.map((choice) => (
          <button
            key={choice.by}
            type="button"
            aria-pressed={choice.by === by}
            onClick={() => parameters.set({ by: choice.by })}
          >
            by {choice.words}
          </button>
        ))}
      </p>
      {error && <Trouble error={error} />}
      {isOpen && !data && !error && <p className="quiet">Reading…</p>}
      {data && <Groups summary={data} />}
    </details>
  );
}

function Groups({ summary }: { summary: Schemas['Summary'] }): ReactNode {
  const { groups, others, by } = summary;
  if (summary.total === 0) return <p className="quiet">No operations yet.</p>;
  const left = others + groups.slice(MOST).reduce((sum, { total }) => sum + total, 0);
  return (
    <div className="table" tabIndex={0} role="group" aria-label="Operations in groups">
      <table>
        <thead>
          <tr>
            <th scope="col">{by}</th>
            <th scope="col" className="bar-column">
              States
            </th>
            <th scope="col" className="number">
              Operations
            </th>
            <th scope="col">In words</th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, MOST).map(({ key, name, total, states }) => (
            <tr key={key}>
              <th scope="row">
                {key === null ? 'none' : by === 'hour' ? <Moment at={key} isShort /> : (name ?? key)}
              </th>
              <td className="bar-column">
                <ShareBar stats={states} label={key ?? 'none'} />
              </td>
              <td className="number">{numberOf(total)}</td>
              <td>{statsInWords(states)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p className="quiet">{numberOf(left)} operations in smaller groups are not shown.</p>}
    </div>
  );
}
