// The panel `text`, in markdown.
import { renderTextPanelMarkdown } from '@grafana/data';
import { RenderUserContentAsHTML } from '@grafana/ui';

export function TextPanel({ options, replaceVariables }) {
  const html = renderTextPanelMarkdown(replaceVariables(options.content ?? ''));
  return <RenderUserContentAsHTML className="markdown-html" content={html} component="div" />;
}
