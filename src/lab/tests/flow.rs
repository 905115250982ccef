use super::Story;
use crate::lab::flow::FLOW;

fn steps(story: &Story) -> Vec<usize> {
    story.rows().filter_map(|row| row.step).collect()
}

#[test]
fn the_nineteen_steps_are_numbered_in_order() {
    let mut story = Story::default();
    story.history.follow(Some(0));
    story.whole_flow();
    assert_eq!(steps(&story), (1..=19).collect::<Vec<_>>());
    for row in story.rows() {
        if let Some(step) = row.step {
            let step = &FLOW[step - 1];
            assert_eq!((row.what, (row.from, row.to)), (step.what, step.lanes), "{}", row.text);
        }
    }
    assert_eq!(story.history.followed(), 19);
    story.call_api(3, 200);
    assert_eq!(steps(&story).len(), 19, "no row is numbered after the last step");
}

#[test]
fn rows_are_numbered_only_during_a_tour() {
    let mut story = Story::default();
    story.whole_flow();
    assert!(steps(&story).is_empty());
    story.history.follow(Some(3));
    story.call_api(3, 200);
    story.history.follow(None);
    story.call_api(3, 200);
    assert_eq!(steps(&story), [4, 5, 6]);
}
