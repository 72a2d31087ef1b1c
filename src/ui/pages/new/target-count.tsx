import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { useNow } from '../../now.tsx';
import { Trouble } from '../../parts/trouble.tsx';
import { body, rest } from '../../rest-client.ts';
import { useTold } from '../../status.tsx';
import { missingIn, requestOf, type NewForm } from '../../words/new-request.ts';
import { countOf } from '../../words/times.ts';
import { targetCountWords } from '../../words/target-words.ts';

/** Rest after the last key before anything is asked, in ms. */
const REST_MS = 400;

/** How many runtimes are meant, while that is being typed. */
export function TargetCount({ form }: { form: NewForm }): ReactNode {
  const now = useNow();
  const asked = useRested(missingIn(form) === null ? JSON.stringify(requestOf(form).targets) : '');
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['fleet', 'targets', asked],
    queryFn: () =>
      body(
        rest.POST('/fleet/targets', {
          body: { targets: JSON.parse(asked) as ReturnType<typeof requestOf>['targets'] },
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: asked !== '',
    // It changes with reads of the inventory alone, not with what happens.
    meta: { isStill: true },
    // A pattern that is wrong is no better the next time.
    retry: false,
  });
  useTold(asked, data && !isPlaceholderData ? `Selects ${countOf(data.selected, 'runtime')}` : undefined);
  if (asked === '') return null;
  if (error) return <Trouble error={error} />;
  return <p>{data ? targetCountWords(data, now) : 'Counting…'}</p>;
}

/** The value once it has not changed for a while. */
function useRested(value: string): string {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const resting = setTimeout(() => setRested(value), REST_MS);
    return () => clearTimeout(resting);
  }, [value]);
  return rested;
}
