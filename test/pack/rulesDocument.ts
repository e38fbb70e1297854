import type { Excerpt, RuleExample } from "../../packages/pack/findings/ruleExamples";
import { factsOf } from "../../packages/pack/findings/ruleFacts";
import { rules, type RuleId } from "../../packages/pack/findings/ruleTable";

const introduction = `# Rules of the pack check

\`palette-pack check\` reports these; \`palette-pack explain <rule>\` tells the same of one. The examples are mistakes that the
tests make. This page is written by \`npx tsx test/pack/writeRules.ts\`, and a test keeps it true.

A rule is turned off, or has another severity, in \`palette-pack.yaml\`, which is looked for in the pack's folder and in those
above it, up to the repository's:

\`\`\`yaml
rules:
  readme-missing: off
overrides: # the last one that speaks of a finding decides
  - packs: [packs/legacy-*] # patterns of folders, from the file on
    files: [charts/**] # patterns of files of a pack
    rules:
      junk-file: info # off, info, warning or error
\`\`\`

or by a comment in the pack's YAML files and templates, which says why:

\`\`\`yaml
# palette-pack-disable-next-line image-latest -- the registry has no other tag
- image: registry.example.com/tool:latest
\`\`\`

\`palette-pack-disable-line\` is for its own line, \`palette-pack-disable-file\` for the whole file.
`;

/** docs/rules.md: every rule with what it means, an example and the source of the fact. */
export function rulesDocument(examples: Readonly<Record<string, RuleExample>>): string {
    const sections = (Object.keys(rules) as RuleId[]).map((id) => {
        const { severity, summary } = rules[id];
        const { consequence, source } = factsOf(id);
        const example = examples[id];
        const shown = example
            ? [
                  `For example: ${escape(example.title)}. The check says: ${escape(example.message)}`,
                  ...example.bad.map((part) => block("Bad", part)),
                  ...example.good.map((part) => block("Good", part)),
              ]
            : id.startsWith("profile-")
              ? ["Checked where packs are put together to a profile, by the program's preview."]
              : [];
        return [
            `## ${id}`,
            `${severity}: ${escape(summary)} Otherwise: ${escape(consequence)}`,
            ...shown,
            `Source: ${source}`,
        ].join("\n\n");
    });
    return `${introduction}\n${sections.join("\n\n")}\n`;
}

function block(title: string, { file, lines }: Excerpt): string {
    if (lines.join("").trim() === "") {
        return `${title}: \`${file}\``;
    }
    const language = file.endsWith(".json") ? "json" : file.endsWith(".md") ? "text" : "yaml";
    return `${title}, \`${file}\`:\n\n\`\`\`\`${language}\n${lines.join("\n")}\n\`\`\`\``;
}

/** Text that Markdown prints as it is. */
function escape(text: string): string {
    return text.replace(/[<>*_\\`[\]{}]/g, "\\$&");
}
