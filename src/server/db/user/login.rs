//! Finds the account of a login.

use super::{Column, Entity, UserRow};
use crate::{db::Db, identity::LoginName};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};

/// Finds an account by the user name or address of a login. Also returns whether it was found by its former key. Looks
/// up both keys in one statement, so that the time is the same whether or not there is an account.
pub async fn find_for_login(db: &Db, name: &LoginName) -> Result<(Option<UserRow>, bool), DbErr> {
    if name.former_key.contains('\0') {
        // PostgreSQL rejects it.
        return Ok((None, false));
    }
    let column = |key: &str| if key.contains('@') { Column::EmailKey } else { Column::UsernameKey };
    let is_either = Condition::any()
        .add(column(&name.key).eq(&name.key))
        .add(column(&name.former_key).eq(&name.former_key));
    let mut found = Entity::find().filter(is_either).all(db).await?;
    let is = |user: &UserRow, key: &str| user.username_key == key || user.email_key == key;
    // An account that still has its former key is found only by that spelling.
    let former = found.iter().position(|user| is(user, &name.former_key));
    match former {
        Some(index) => {
            let user = found.swap_remove(index);
            let is_former = !is(&user, &name.key);
            Ok((Some(user), is_former))
        }
        None => Ok((found.pop(), false)),
    }
}
