import { useId, type ReactNode } from 'react';
import { Icon } from '../../parts/state-badge.tsx';
import type { Schemas } from '../../rest-client.ts';
import { BOX, graphOf, type Box } from '../../words/plan-graph.ts';
import { stackWords } from '../../words/state-words.ts';

/** The order of object plans as a picture; the table beside it says the same in words. */
export function PlanPicture({ stack }: { stack: Schemas['Stack'] }): ReactNode {
  const head = useId();
  const { width, height, boxes, arrows } = graphOf(stack);
  if (arrows.length === 0) return null;
  return (
    <div className="graph" tabIndex={0} role="group" aria-label="Object plans as a graph">
      <svg
        role="img"
        aria-label={`${arrows.length} dependencies between ${boxes.length} object plans: the table has them in its column After`}
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
      >
        <defs>
          <marker
            id={head}
            viewBox="0 0 8 8"
            refX="8"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
          >
            <path className="arrow-head" d="M0 0L8 4L0 8Z" />
          </marker>
        </defs>
        {arrows.map(({ from, to, path }) => (
          <path key={`${from} ${to}`} className="arrow" d={path} markerEnd={`url(#${head})`} />
        ))}
        {boxes.map((box) => (
          <PlanBox key={box.plan.label} box={box} />
        ))}
      </svg>
    </div>
  );
}

function PlanBox({ box: { plan, x, y } }: { box: Box }): ReactNode {
  const { picture, word, tone } = stackWords(plan.status);
  const errors = Object.values(plan.info.errors);
  return (
    <g className={`box tone-${tone}`} transform={`translate(${x} ${y})`}>
      <title>{[`${plan.label} (${plan.obj_type}): ${word}`, ...errors].join('\n')}</title>
      <rect width={BOX.width} height={BOX.height} rx="4" />
      <text className="box-name" x="12" y="20">
        {fitting(plan.label, 26)}
      </text>
      <text className="box-type" x="12" y="37">
        {fitting(plan.obj_type, 30)}
      </text>
      <g transform="translate(12 43)">
        <Icon picture={picture} />
        <text x="20" y="13">
          {word}
          {errors.length > 0 && `, ${errors.length === 1 ? '1 error' : `${errors.length} errors`}`}
        </text>
      </g>
    </g>
  );
}

/** As much of a text as about so many letters have room for; the whole one stands in the title. */
function fitting(text: string, letters: number): string {
  return text.length > letters ? `${text.slice(0, letters - 1)}…` : text;
}
