export function SkillGroupsPage() { return <p>SkillGroups</p> }
